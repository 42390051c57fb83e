import { readU16, readU32, writeU16, writeU32 } from '../bytes.ts';

/** Writes the 12-byte IV of an SRTP packet under AES-GCM (RFC 7714 section 8.1). */
export function writeGcmRtpIv(iv: Uint8Array, salt: Uint8Array, ssrc: number, rollover: number, seq: number): void {
  writeU16(iv, 0, readU16(salt, 0));
  writeU32(iv, 2, ssrc ^ readU32(salt, 2));
  writeU32(iv, 6, rollover ^ readU32(salt, 6));
  writeU16(iv, 10, seq ^ readU16(salt, 10));
}

/** Writes the 12-byte IV of an SRTCP packet under AES-GCM (RFC 7714 section 9.1). */
export function writeGcmRtcpIv(iv: Uint8Array, salt: Uint8Array, ssrc: number, index: number): void {
  writeU16(iv, 0, readU16(salt, 0));
  writeU32(iv, 2, ssrc ^ readU32(salt, 2));
  writeU16(iv, 6, readU16(salt, 6));
  writeU32(iv, 8, index ^ readU32(salt, 8));
}

/** Writes the 16-byte IV of a packet under AES in counter mode; `low` are the lower 16 bits of its index (RFC 3711 section 4.1.1). */
export function writeCounterIv(iv: Uint8Array, salt: Uint8Array, ssrc: number, high: number, low: number): void {
  writeU32(iv, 0, readU32(salt, 0));
  writeU32(iv, 4, ssrc ^ readU32(salt, 4));
  writeU32(iv, 8, high ^ readU32(salt, 8));
  writeU16(iv, 12, low ^ readU16(salt, 12));
  writeU16(iv, 14, 0);
}

/** What a session key is derived for (RFC 3711 section 4.3.1). */
export const keyLabels = {
  rtpEncryption: 0,
  rtpAuthentication: 1,
  rtpSalt: 2,
  rtcpEncryption: 3,
  rtcpAuthentication: 4,
  rtcpSalt: 5,
} as const;

/** The counter block from which a session key is derived: the keystream under the master key (RFC 3711 section 4.3.3). */
export function keyDerivationIv(masterSalt: Uint8Array, label: number): Uint8Array {
  const iv = new Uint8Array(16);
  iv.set(masterSalt);
  iv[7]! ^= label;
  return iv;
}
