/** The SRTP protection profiles a client may negotiate (RFC 5764, RFC 7714). */
export type SrtpProfile = 'AEAD_AES_128_GCM' | 'AES_CM_128_HMAC_SHA1_80';

/** Sizes of a profile's keys and tags, in bytes. */
export interface SrtpSizes {
  readonly keyBytes: number;
  readonly saltBytes: number;
  /** Appended to each packet. */
  readonly tagBytes: number;
}

export const srtpSizes: Readonly<Record<SrtpProfile, SrtpSizes>> = {
  AEAD_AES_128_GCM: { keyBytes: 16, saltBytes: 12, tagBytes: 16 },
  AES_CM_128_HMAC_SHA1_80: { keyBytes: 16, saltBytes: 14, tagBytes: 10 },
};

/** Master key and master salt of one direction (RFC 3711 section 3.2.1). */
export interface SrtpMaster {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}
