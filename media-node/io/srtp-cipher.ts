import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import { readU32, writeU32 } from '@muon/wire/bytes.ts';
import { writeCounterIv, writeGcmRtcpIv, writeGcmRtpIv } from '@muon/wire/srtp/initialization-vector.ts';
import { rolloverCounter, ROLLOVER } from '@muon/wire/srtp/packet-index.ts';
import { srtpSizes, type SrtpMaster, type SrtpProfile } from '@muon/wire/srtp/profile.ts';
import { deriveKeys, type SessionKey } from './srtp-keys.ts';

/** The part of RTCP that stays readable: header and SSRC of the first packet. */
const RTCP_CLEAR_BYTES = 8;

/** E flag and index behind an SRTCP packet (RFC 3711 section 3.4). */
const RTCP_TRAILER_BYTES = 4;
const RTCP_ENCRYPTED = 0x8000_0000;

/** Encrypts and authenticates by one master key, as its profile says. Knows nothing of replay and rollover. */
export interface SrtpCipher {
  /** Encrypts `payload` behind the header that `packet` begins with, and appends the tag. */
  protectRtp(packet: Uint8Array, headerLength: number, payload: Uint8Array, index: number): void;
  /** The packet as it was; undefined when it is not authentic. */
  unprotectRtp(packet: Uint8Array, headerLength: number, index: number): Uint8Array | undefined;
  protectRtcp(packet: Uint8Array, index: number): Uint8Array;
  unprotectRtcp(packet: Uint8Array): Uint8Array | undefined;
  /** The index that an SRTCP packet says it has, not yet authenticated. */
  rtcpIndex(packet: Uint8Array): number | undefined;
  readonly tagBytes: number;
}

export function createSrtpCipher(profile: SrtpProfile, master: SrtpMaster): SrtpCipher {
  return profile === 'AEAD_AES_128_GCM' ? new GcmCipher(master) : new CounterCipher(master);
}

/** AEAD_AES_128_GCM (RFC 7714). */
class GcmCipher implements SrtpCipher {
  readonly tagBytes = srtpSizes.AEAD_AES_128_GCM.tagBytes;
  readonly #rtp: SessionKey;
  readonly #rtcp: SessionKey;
  readonly #iv = Buffer.alloc(12);

  constructor(master: SrtpMaster) {
    ({ rtp: this.#rtp, rtcp: this.#rtcp } = deriveKeys('AEAD_AES_128_GCM', master));
  }

  protectRtp(packet: Uint8Array, headerLength: number, payload: Uint8Array, index: number): void {
    writeGcmRtpIv(this.#iv, this.#rtp.salt, readU32(packet, 8), rolloverCounter(index), index % ROLLOVER);
    const { ciphertext, tag } = this.#seal(this.#rtp.encryption, packet.subarray(0, headerLength), payload);
    packet.set(ciphertext, headerLength);
    packet.set(tag, headerLength + ciphertext.length);
  }

  unprotectRtp(packet: Uint8Array, headerLength: number, index: number): Uint8Array | undefined {
    writeGcmRtpIv(this.#iv, this.#rtp.salt, readU32(packet, 8), rolloverCounter(index), index % ROLLOVER);
    const header = packet.subarray(0, headerLength);
    const plaintext = this.#open(this.#rtp.encryption, header, packet.subarray(headerLength));
    return plaintext && joined(header, plaintext);
  }

  protectRtcp(packet: Uint8Array, index: number): Uint8Array {
    writeGcmRtcpIv(this.#iv, this.#rtcp.salt, readU32(packet, 4), index);
    const header = packet.subarray(0, RTCP_CLEAR_BYTES);
    const aad = rtcpAad(header, (index | RTCP_ENCRYPTED) >>> 0);
    const { ciphertext, tag } = this.#seal(this.#rtcp.encryption, aad, packet.subarray(RTCP_CLEAR_BYTES));
    return Buffer.concat([header, ciphertext, tag, aad.subarray(RTCP_CLEAR_BYTES)]);
  }

  unprotectRtcp(packet: Uint8Array): Uint8Array | undefined {
    const trailerAt = packet.length - RTCP_TRAILER_BYTES;
    const trailer = readU32(packet, trailerAt);
    // Only encrypted RTCP is spoken in WebRTC.
    if ((trailer & RTCP_ENCRYPTED) === 0) return undefined;
    writeGcmRtcpIv(this.#iv, this.#rtcp.salt, readU32(packet, 4), trailer & 0x7fff_ffff);
    const header = packet.subarray(0, RTCP_CLEAR_BYTES);
    const sealed = packet.subarray(RTCP_CLEAR_BYTES, trailerAt);
    const plaintext = this.#open(this.#rtcp.encryption, rtcpAad(header, trailer), sealed);
    return plaintext && joined(header, plaintext);
  }

  rtcpIndex(packet: Uint8Array): number | undefined {
    if (packet.length < RTCP_CLEAR_BYTES + this.tagBytes + RTCP_TRAILER_BYTES) return undefined;
    return readU32(packet, packet.length - RTCP_TRAILER_BYTES) & 0x7fff_ffff;
  }

  #seal(key: KeyObject, aad: Uint8Array, plaintext: Uint8Array): { ciphertext: Buffer; tag: Buffer } {
    const cipher = createCipheriv('aes-128-gcm', key, this.#iv);
    cipher.setAAD(aad);
    const ciphertext = cipher.update(plaintext);
    cipher.final();
    return { ciphertext, tag: cipher.getAuthTag() };
  }

  #open(key: KeyObject, aad: Uint8Array, sealed: Uint8Array): Buffer | undefined {
    const tagAt = sealed.length - this.tagBytes;
    const decipher = createDecipheriv('aes-128-gcm', key, this.#iv, { authTagLength: this.tagBytes });
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(tagAt));
    const plaintext = decipher.update(sealed.subarray(0, tagAt));
    try {
      decipher.final();
      return plaintext;
    } catch {
      return undefined;
    }
  }
}

/** AES_CM_128_HMAC_SHA1_80 (RFC 3711). */
class CounterCipher implements SrtpCipher {
  readonly tagBytes = srtpSizes.AES_CM_128_HMAC_SHA1_80.tagBytes;
  readonly #rtp: SessionKey;
  readonly #rtcp: SessionKey;
  readonly #iv = Buffer.alloc(16);
  readonly #rollover = Buffer.alloc(4);

  constructor(master: SrtpMaster) {
    ({ rtp: this.#rtp, rtcp: this.#rtcp } = deriveKeys('AES_CM_128_HMAC_SHA1_80', master));
  }

  protectRtp(packet: Uint8Array, headerLength: number, payload: Uint8Array, index: number): void {
    packet.set(this.#cryptRtp(readU32(packet, 8), payload, index), headerLength);
    const tagAt = headerLength + payload.length;
    packet.set(this.#rtpTag(packet.subarray(0, tagAt), index), tagAt);
  }

  unprotectRtp(packet: Uint8Array, headerLength: number, index: number): Uint8Array | undefined {
    const tagAt = packet.length - this.tagBytes;
    if (!timingSafeEqual(this.#rtpTag(packet.subarray(0, tagAt), index), packet.subarray(tagAt))) return undefined;
    const payload = this.#cryptRtp(readU32(packet, 8), packet.subarray(headerLength, tagAt), index);
    return joined(packet.subarray(0, headerLength), payload);
  }

  protectRtcp(packet: Uint8Array, index: number): Uint8Array {
    const protectedBytes = Buffer.alloc(packet.length + RTCP_TRAILER_BYTES + this.tagBytes);
    protectedBytes.set(packet.subarray(0, RTCP_CLEAR_BYTES));
    const ciphertext = this.#cryptRtcp(readU32(packet, 4), packet.subarray(RTCP_CLEAR_BYTES), index);
    protectedBytes.set(ciphertext, RTCP_CLEAR_BYTES);
    writeU32(protectedBytes, packet.length, (index | RTCP_ENCRYPTED) >>> 0);
    const tagAt = packet.length + RTCP_TRAILER_BYTES;
    protectedBytes.set(this.#rtcpTag(protectedBytes.subarray(0, tagAt)), tagAt);
    return protectedBytes;
  }

  unprotectRtcp(packet: Uint8Array): Uint8Array | undefined {
    const tagAt = packet.length - this.tagBytes;
    if (!timingSafeEqual(this.#rtcpTag(packet.subarray(0, tagAt)), packet.subarray(tagAt))) return undefined;
    const trailer = readU32(packet, tagAt - RTCP_TRAILER_BYTES);
    if ((trailer & RTCP_ENCRYPTED) === 0) return undefined;
    const ciphertext = packet.subarray(RTCP_CLEAR_BYTES, tagAt - RTCP_TRAILER_BYTES);
    const plaintext = this.#cryptRtcp(readU32(packet, 4), ciphertext, trailer & 0x7fff_ffff);
    return joined(packet.subarray(0, RTCP_CLEAR_BYTES), plaintext);
  }

  rtcpIndex(packet: Uint8Array): number | undefined {
    if (packet.length < RTCP_CLEAR_BYTES + RTCP_TRAILER_BYTES + this.tagBytes) return undefined;
    return readU32(packet, packet.length - this.tagBytes - RTCP_TRAILER_BYTES) & 0x7fff_ffff;
  }

  #cryptRtp(ssrc: number, bytes: Uint8Array, index: number): Buffer {
    writeCounterIv(this.#iv, this.#rtp.salt, ssrc, rolloverCounter(index), index % ROLLOVER);
    return createCipheriv('aes-128-ctr', this.#rtp.encryption, this.#iv).update(bytes);
  }

  #cryptRtcp(ssrc: number, bytes: Uint8Array, index: number): Buffer {
    writeCounterIv(this.#iv, this.#rtcp.salt, ssrc, index >>> 16, index & 0xffff);
    return createCipheriv('aes-128-ctr', this.#rtcp.encryption, this.#iv).update(bytes);
  }

  #rtpTag(covered: Uint8Array, index: number): Buffer {
    this.#rollover.writeUInt32BE(rolloverCounter(index));
    const hmac = createHmac('sha1', this.#rtp.authentication).update(covered).update(this.#rollover);
    return hmac.digest().subarray(0, this.tagBytes);
  }

  #rtcpTag(covered: Uint8Array): Buffer {
    return createHmac('sha1', this.#rtcp.authentication).update(covered).digest().subarray(0, this.tagBytes);
  }
}

/** RTCP's additional authenticated data: its clear part, and E flag with index. */
function rtcpAad(header: Uint8Array, trailer: number): Buffer {
  const aad = Buffer.alloc(RTCP_CLEAR_BYTES + RTCP_TRAILER_BYTES);
  aad.set(header);
  writeU32(aad, RTCP_CLEAR_BYTES, trailer);
  return aad;
}

function joined(header: Uint8Array, body: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(header.length + body.length);
  bytes.set(header);
  bytes.set(body, header.length);
  return bytes;
}
