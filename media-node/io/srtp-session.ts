import { readU16, readU32, writeU16, writeU32 } from '@muon/wire/bytes.ts';
import { rtpHeaderLength, type RtpPacket } from '@muon/wire/rtp/packet.ts';
import { estimateIndex } from '@muon/wire/srtp/packet-index.ts';
import { ReplayWindow } from '@muon/wire/srtp/replay-window.ts';
import { transportSequenceOffset } from '@muon/wire/rtp/transport-sequence.ts';
import { writeEdit } from '../forward/packet-edit.ts';
import { headerExtensions } from '../negotiation/header-extensions.ts';
import type { RtpOutput, SessionKeys } from './packet-io.ts';
import { SentPackets } from './sent-packets.ts';
import { createSrtpCipher, type SrtpCipher } from './srtp-cipher.ts';

/** So many streams one client may begin; each costs memory until the session ends. */
const MAX_STREAMS = 4096;

/** Why a packet was refused. */
export type Refusal = 'malformed' | 'unauthentic' | 'replayed';

/** SRTP and SRTCP with one client, both directions: ciphers, rollover counters, replay windows. */
export class SrtpSession {
  readonly #local: SrtpCipher;
  readonly #remote: SrtpCipher;
  readonly #sent = new Map<number, ReplayWindow>();
  readonly #received = new Map<number, ReplayWindow>();
  readonly #receivedRtcp = new Map<number, ReplayWindow>();
  readonly #kept = new Map<number, SentPackets>();
  #rtcpIndex = 0;

  constructor(keys: SessionKeys) {
    this.#local = createSrtpCipher(keys.profile, keys.local);
    this.#remote = createSrtpCipher(keys.profile, keys.remote);
  }

  unprotectRtp(packet: Uint8Array): Uint8Array | Refusal {
    const headerLength = rtpHeaderLength(packet);
    if (headerLength === undefined || packet.length < headerLength + this.#remote.tagBytes) return 'malformed';
    const ssrc = readU32(packet, 8);
    const window = this.#received.get(ssrc);
    const index = estimateIndex(window?.highest ?? -1, readU16(packet, 2));
    if (index === undefined || window?.has(index)) return 'replayed';
    const plain = this.#remote.unprotectRtp(packet, headerLength, index);
    return plain ? this.#accepted(this.#received, ssrc, index, plain) : 'unauthentic';
  }

  unprotectRtcp(packet: Uint8Array): Uint8Array | Refusal {
    const index = this.#remote.rtcpIndex(packet);
    if (index === undefined || packet[0]! >>> 6 !== 2) return 'malformed';
    const ssrc = readU32(packet, 4);
    if (this.#receivedRtcp.get(ssrc)?.has(index)) return 'replayed';
    const plain = this.#remote.unprotectRtcp(packet);
    return plain ? this.#accepted(this.#receivedRtcp, ssrc, index, plain) : 'unauthentic';
  }

  /** A protected copy with the header fields of `output`; undefined when its sequence number was used already. */
  protectOutput(packet: RtpPacket, output: Readonly<RtpOutput>): Uint8Array | undefined {
    const index = this.#nextIndex(output.ssrc, output.seq);
    if (index === undefined) return undefined;
    const { bytes, payloadOffset } = packet;
    const { edit } = output;
    const editsPayload = edit.length > 0 && edit.offset >= payloadOffset;
    const copy = Buffer.allocUnsafe(bytes.length + this.#local.tagBytes);
    copy.set(editsPayload ? bytes : bytes.subarray(0, payloadOffset));
    copy[1] = (output.marker ? 0x80 : 0) | output.payloadType;
    writeU16(copy, 2, output.seq);
    writeU32(copy, 4, output.timestamp);
    writeU32(copy, 8, output.ssrc);
    if (edit.length > 0) writeEdit(copy, edit);
    if (output.transportSequence !== undefined) {
      const at = transportSequenceOffset(bytes, headerExtensions.transportSequence.id);
      if (at !== undefined) writeU16(copy, at, output.transportSequence);
    }
    const payload = editsPayload ? copy.subarray(payloadOffset, bytes.length) : bytes.subarray(payloadOffset);
    this.#local.protectRtp(copy, payloadOffset, payload, index);
    this.#kept.get(output.ssrc)?.add(output.seq, copy);
    return copy;
  }

  /** A protected copy; undefined when its sequence number was used already or it is not RTP. */
  protectRtp(packet: Uint8Array): Uint8Array | undefined {
    const headerLength = rtpHeaderLength(packet);
    if (headerLength === undefined) return undefined;
    const index = this.#nextIndex(readU32(packet, 8), readU16(packet, 2));
    if (index === undefined) return undefined;
    const copy = Buffer.allocUnsafe(packet.length + this.#local.tagBytes);
    copy.set(packet.subarray(0, headerLength));
    this.#local.protectRtp(copy, headerLength, packet.subarray(headerLength), index);
    return copy;
  }

  protectRtcp(packet: Uint8Array): Uint8Array {
    this.#rtcpIndex = (this.#rtcpIndex + 1) & 0x7fff_ffff;
    return this.#local.protectRtcp(packet, this.#rtcpIndex);
  }

  /** Keeps the latest packets of a stream that {@link protectOutput} makes. */
  keepSent(ssrc: number, count: number): void {
    if (!this.#kept.has(ssrc)) this.#kept.set(ssrc, new SentPackets(count));
  }

  /** A packet as it was sent; undefined when it is not kept. */
  sent(ssrc: number, seq: number): Uint8Array | undefined {
    return this.#kept.get(ssrc)?.find(seq);
  }

  endStream(ssrc: number): void {
    this.#kept.delete(ssrc);
    this.#sent.delete(ssrc);
  }

  /** Never twice the same index: two packets under one IV would give the key stream away. */
  #nextIndex(ssrc: number, seq: number): number | undefined {
    let window = this.#sent.get(ssrc);
    if (!window) this.#sent.set(ssrc, (window = new ReplayWindow()));
    const index = estimateIndex(window.highest, seq);
    if (index === undefined || window.has(index)) return undefined;
    window.add(index);
    return index;
  }

  #accepted(streams: Map<number, ReplayWindow>, ssrc: number, index: number, plain: Uint8Array): Uint8Array | Refusal {
    let window = streams.get(ssrc);
    if (!window) {
      if (streams.size >= MAX_STREAMS) return 'malformed';
      streams.set(ssrc, (window = new ReplayWindow()));
    }
    window.add(index);
    return plain;
  }
}
