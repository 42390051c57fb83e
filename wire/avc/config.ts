/** Profiles whose record also tells the chroma format and bit depths (ISO/IEC 14496-15 section 5.3.3.1.2). */
const HIGH_PROFILES: ReadonlySet<number> = new Set([100, 110, 122, 144]);

/** AVCDecoderConfigurationRecord of 8-bit 4:2:0 with one SPS and PPS, for samples with 4-byte lengths. */
export function avcDecoderConfiguration(sps: Uint8Array, pps: Uint8Array): Uint8Array {
  const [, profile = 0, compatibility = 0, level = 0] = sps;
  return Uint8Array.from([
    1,
    profile,
    compatibility,
    level,
    0xff,
    0xe1,
    sps.length >>> 8,
    sps.length & 0xff,
    ...sps,
    1,
    pps.length >>> 8,
    pps.length & 0xff,
    ...pps,
    ...(HIGH_PROFILES.has(profile) ? [0xfd, 0xf8, 0xf8, 0] : []),
  ]);
}

/** As `avc1.64001f`: the CODECS parameter for a decoder configuration (RFC 6381 section 3.3). */
export function avcCodecString(configuration: Uint8Array): string {
  const hex = Array.from(configuration.subarray(1, 4), (byte) => byte.toString(16).padStart(2, '0'));
  return `avc1.${hex.join('')}`;
}
