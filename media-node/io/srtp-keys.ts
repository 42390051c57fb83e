import { createCipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { keyDerivationIv, keyLabels } from '@muon/wire/srtp/initialization-vector.ts';
import { srtpSizes, type SrtpMaster, type SrtpProfile } from '@muon/wire/srtp/profile.ts';

/** The HMAC-SHA1 key of AES_CM_128_HMAC_SHA1_80 (RFC 3711 section 5.2). */
const AUTHENTICATION_KEY_BYTES = 20;

/** What protects RTP, or RTCP, in one direction. Key objects, since OpenSSL is slow to take raw keys again and again. */
export interface SessionKey {
  readonly encryption: KeyObject;
  readonly authentication: KeyObject;
  readonly salt: Uint8Array;
}

/** Derives the session keys of RTP and RTCP from a master (RFC 3711 section 4.3, RFC 7714 section 11). */
export function deriveKeys(profile: SrtpProfile, master: SrtpMaster): { rtp: SessionKey; rtcp: SessionKey } {
  const { keyBytes, saltBytes } = srtpSizes[profile];
  const derive = (label: number, length: number): Buffer => {
    const cipher = createCipheriv('aes-128-ctr', master.key, keyDerivationIv(master.salt, label));
    return cipher.update(new Uint8Array(length));
  };
  return {
    rtp: {
      encryption: createSecretKey(derive(keyLabels.rtpEncryption, keyBytes)),
      authentication: createSecretKey(derive(keyLabels.rtpAuthentication, AUTHENTICATION_KEY_BYTES)),
      salt: derive(keyLabels.rtpSalt, saltBytes),
    },
    rtcp: {
      encryption: createSecretKey(derive(keyLabels.rtcpEncryption, keyBytes)),
      authentication: createSecretKey(derive(keyLabels.rtcpAuthentication, AUTHENTICATION_KEY_BYTES)),
      salt: derive(keyLabels.rtcpSalt, saltBytes),
    },
  };
}
