import { readU16, readU24, readU32, writeU16, writeU24, writeU32 } from '../bytes.ts';
import { ProtocolError } from '../protocol-error.ts';
import { decodeRoundTrips, type RoundTripReport } from './extended-report.ts';
import { decodeRemb } from './remb.ts';
import type { SenderReportInfo } from './sender-report.ts';
import { decodeTransportFeedback, type TransportFeedback } from './transport-feedback.ts';

const types = {
  senderReport: 200,
  receiverReport: 201,
  description: 202,
  bye: 203,
  transport: 205,
  payload: 206,
  extended: 207,
};
const transportFormats = { nack: 1, transportFeedback: 15 };
const payloadFormats = { pli: 1, fir: 4, application: 15 };

const CNAME = 1;
const REPORT_BYTES = 24;

/** What a receiver tells of one stream (RFC 3550 section 6.4.1). */
export interface ReportBlock {
  readonly ssrc: number;
  /** Of the packets since the last report: 0 to 255 for none to all. */
  readonly fractionLost: number;
  /** Since the beginning, less duplicates; signed 24 bits. */
  readonly packetsLost: number;
  readonly highestSeq: number;
  /** In units of the RTP clock. */
  readonly jitter: number;
  /** The middle 32 bits of the NTP time of the last sender report; 0 when there was none. */
  readonly lastSenderReport: number;
  /** Since that report came, in units of 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

/** The RTCP packets that a node acts on. */
export type RtcpPacket =
  | { readonly type: 'senderReport'; readonly info: SenderReportInfo; readonly reports: readonly ReportBlock[] }
  | { readonly type: 'receiverReport'; readonly reports: readonly ReportBlock[] }
  /** RFC 4585 section 6.2.1. */
  | { readonly type: 'nack'; readonly ssrc: number; readonly seqs: readonly number[] }
  /** RFC 4585 section 6.3.1. */
  | { readonly type: 'pli'; readonly ssrc: number }
  /** RFC 5104 section 4.3.1; a request is repeated under its `number` until a new one has the next. */
  | { readonly type: 'fir'; readonly senderSsrc: number; readonly ssrc: number; readonly number: number }
  | { readonly type: 'transportFeedback'; readonly feedback: TransportFeedback }
  /** draft-alvestrand-rmcat-remb-03: what the client believes it can receive in all. */
  | { readonly type: 'remb'; readonly bitrateBps: number }
  /** DLRR blocks of an extended report (RFC 3611 section 4.5). */
  | { readonly type: 'roundTrips'; readonly reports: readonly RoundTripReport[] }
  | { readonly type: 'bye'; readonly ssrcs: readonly number[] };

/**
 * The packets of a compound, or reduced-size (RFC 5506), RTCP packet; kinds that a node does not act on are left out.
 *
 * @throws ProtocolError when a length is wrong.
 */
export function decodeRtcp(bytes: Uint8Array): RtcpPacket[] {
  const packets: RtcpPacket[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + 4 > bytes.length || bytes[at]! >>> 6 !== 2) throw new ProtocolError('not an RTCP packet');
    const end = at + 4 + 4 * readU16(bytes, at + 2);
    if (end > bytes.length) throw new ProtocolError('RTCP packet runs past its datagram');
    const padding = bytes[at]! & 0x20 ? bytes[end - 1]! : 0;
    if (padding > end - at - 4) throw new ProtocolError('RTCP padding longer than the packet');
    decodeOne(bytes.subarray(at, end - padding), packets);
    at = end;
  }
  return packets;
}

function decodeOne(bytes: Uint8Array, packets: RtcpPacket[]): void {
  const count = bytes[0]! & 0x1f;
  switch (bytes[1]) {
    case types.senderReport:
      packets.push({ type: 'senderReport', info: senderInfo(bytes), reports: reportBlocks(bytes, 28, count) });
      break;
    case types.receiverReport:
      packets.push({ type: 'receiverReport', reports: reportBlocks(bytes, 8, count) });
      break;
    case types.bye:
      if (bytes.length < 4 + 4 * count) throw new ProtocolError('BYE cut short');
      packets.push({ type: 'bye', ssrcs: Array.from({ length: count }, (_, i) => readU32(bytes, 4 + 4 * i)) });
      break;
    case types.transport:
      if (count === transportFormats.nack) packets.push(nack(bytes));
      else if (count === transportFormats.transportFeedback) {
        packets.push({ type: 'transportFeedback', feedback: decodeTransportFeedback(bytes) });
      }
      break;
    case types.payload:
      if (count === payloadFormats.pli) packets.push({ type: 'pli', ssrc: mediaSsrc(bytes) });
      else if (count === payloadFormats.fir) packets.push(...fir(bytes));
      else if (count === payloadFormats.application) {
        const bitrateBps = decodeRemb(bytes);
        if (bitrateBps !== undefined) packets.push({ type: 'remb', bitrateBps });
      }
      break;
    case types.extended:
      packets.push({ type: 'roundTrips', reports: decodeRoundTrips(bytes) });
      break;
    default:
  }
}

function senderInfo(bytes: Uint8Array): SenderReportInfo {
  if (bytes.length < 28) throw new ProtocolError('sender report cut short');
  return {
    ssrc: readU32(bytes, 4),
    ntpSeconds: readU32(bytes, 8),
    ntpFraction: readU32(bytes, 12),
    rtpTimestamp: readU32(bytes, 16),
  };
}

function reportBlocks(bytes: Uint8Array, start: number, count: number): ReportBlock[] {
  if (bytes.length < start + REPORT_BYTES * count) throw new ProtocolError('RTCP report cut short');
  return Array.from({ length: count }, (_, i) => {
    const at = start + REPORT_BYTES * i;
    return {
      ssrc: readU32(bytes, at),
      fractionLost: bytes[at + 4]!,
      packetsLost: (readU24(bytes, at + 5) << 8) >> 8,
      highestSeq: readU32(bytes, at + 8),
      jitter: readU32(bytes, at + 12),
      lastSenderReport: readU32(bytes, at + 16),
      delaySinceLastSenderReport: readU32(bytes, at + 20),
    };
  });
}

function mediaSsrc(bytes: Uint8Array): number {
  if (bytes.length < 12) throw new ProtocolError('RTCP feedback cut short');
  return readU32(bytes, 8);
}

function nack(bytes: Uint8Array): RtcpPacket {
  const ssrc = mediaSsrc(bytes);
  const seqs: number[] = [];
  for (let at = 12; at + 4 <= bytes.length; at += 4) {
    const first = readU16(bytes, at);
    seqs.push(first);
    const following = readU16(bytes, at + 2);
    for (let bit = 0; bit < 16; bit++) if (following & (1 << bit)) seqs.push((first + bit + 1) & 0xffff);
  }
  return { type: 'nack', ssrc, seqs };
}

function fir(bytes: Uint8Array): RtcpPacket[] {
  mediaSsrc(bytes);
  const packets: RtcpPacket[] = [];
  const senderSsrc = readU32(bytes, 4);
  for (let at = 12; at + 8 <= bytes.length; at += 8) {
    packets.push({ type: 'fir', senderSsrc, ssrc: readU32(bytes, at), number: bytes[at + 4]! });
  }
  return packets;
}

/** A sender report of one stream, with the CNAME that its streams share. */
export function encodeSenderReport(
  info: SenderReportInfo,
  sent: { readonly packets: number; readonly payloadBytes: number },
  cname: string,
): Uint8Array {
  const bytes = new Uint8Array(28);
  writeHeader(bytes, 0, types.senderReport);
  writeU32(bytes, 4, info.ssrc);
  writeU32(bytes, 8, info.ntpSeconds);
  writeU32(bytes, 12, info.ntpFraction);
  writeU32(bytes, 16, info.rtpTimestamp);
  writeU32(bytes, 20, sent.packets);
  writeU32(bytes, 24, sent.payloadBytes);
  return concat([bytes, encodeDescription(info.ssrc, cname)]);
}

/** A receiver report; at most 31 blocks fit. */
export function encodeReceiverReport(ssrc: number, blocks: readonly ReportBlock[]): Uint8Array {
  const bytes = new Uint8Array(8 + REPORT_BYTES * blocks.length);
  writeHeader(bytes, blocks.length, types.receiverReport);
  writeU32(bytes, 4, ssrc);
  blocks.forEach((block, i) => {
    const at = 8 + REPORT_BYTES * i;
    writeU32(bytes, at, block.ssrc);
    bytes[at + 4] = block.fractionLost;
    writeU24(bytes, at + 5, block.packetsLost);
    writeU32(bytes, at + 8, block.highestSeq);
    writeU32(bytes, at + 12, block.jitter);
    writeU32(bytes, at + 16, block.lastSenderReport);
    writeU32(bytes, at + 20, block.delaySinceLastSenderReport);
  });
  return bytes;
}

function encodeDescription(ssrc: number, cname: string): Uint8Array {
  // At least one zero ends the items of a chunk (RFC 3550 section 6.5).
  const bytes = new Uint8Array(8 + 4 * Math.ceil((2 + cname.length + 1) / 4));
  writeHeader(bytes, 1, types.description);
  writeU32(bytes, 4, ssrc);
  bytes[8] = CNAME;
  bytes[9] = cname.length;
  for (let i = 0; i < cname.length; i++) bytes[10 + i] = cname.charCodeAt(i);
  return bytes;
}

/** Asks for packets again; `seqs` in ascending order, as counted past wraps or not. */
export function encodeNack(senderSsrc: number, ssrc: number, seqs: readonly number[]): Uint8Array {
  const items: { first: number; following: number }[] = [];
  for (const seq of seqs) {
    const last = items.at(-1);
    const distance = last ? (seq - last.first) & 0xffff : 0;
    if (last && distance >= 1 && distance <= 16) last.following |= 1 << (distance - 1);
    else items.push({ first: seq & 0xffff, following: 0 });
  }
  const bytes = new Uint8Array(12 + 4 * items.length);
  writeFeedback(bytes, transportFormats.nack, types.transport, senderSsrc, ssrc);
  items.forEach(({ first, following }, i) => {
    writeU16(bytes, 12 + 4 * i, first);
    writeU16(bytes, 14 + 4 * i, following);
  });
  return bytes;
}

/** Asks for a keyframe. */
export function encodePli(senderSsrc: number, ssrc: number): Uint8Array {
  const bytes = new Uint8Array(12);
  writeFeedback(bytes, payloadFormats.pli, types.payload, senderSsrc, ssrc);
  return bytes;
}

function writeFeedback(bytes: Uint8Array, format: number, type: number, senderSsrc: number, ssrc: number): void {
  writeHeader(bytes, format, type);
  writeU32(bytes, 4, senderSsrc);
  writeU32(bytes, 8, ssrc);
}

function writeHeader(bytes: Uint8Array, count: number, type: number): void {
  bytes[0] = 0x80 | count;
  bytes[1] = type;
  writeU16(bytes, 2, bytes.length / 4 - 1);
}

/** One compound packet. */
export function concat(packets: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(packets.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const packet of packets) {
    bytes.set(packet, at);
    at += packet.length;
  }
  return bytes;
}
