import { publisherOffer } from '@muon/media-node/negotiation/offer.fixture.ts';
import { encodeLinkFrame } from '@muon/wire/link/frame.ts';
import { concat, encodeNack, encodePli, encodeReceiverReport, encodeSenderReport } from '@muon/wire/rtcp/packet.ts';
import { encodeTransportFeedback } from '@muon/wire/rtcp/transport-feedback.ts';
import { extensionsLength, writeExtensions, type ExtensionElement } from '@muon/wire/rtp/header-extension.ts';
import { rtpPacket } from '@muon/wire/rtp/packet.fixture.ts';
import { wrapRtx } from '@muon/wire/rtp/rtx.ts';
import { frame } from '@muon/wire/rtp/stream-framing.ts';
import { encodeBindingError, encodeBindingRequest, decodeStun } from '@muon/wire/stun/message.ts';

/** The SSRC that the corpus speaks of. */
export const SSRC = 1001;

/** As {@link publisherOffer} numbers them. */
const AUDIO = 111;
const VIDEO = 120;
const RTX = 121;

const hmac = (): Uint8Array => new Uint8Array(20).fill(7);
const check = encodeBindingRequest(new Uint8Array(12).fill(3), { username: 'abcd:efgh', useCandidate: true, hmac });

/** A VP8 descriptor with all its fields, and the beginning of a keyframe. */
const KEYFRAME = hex('90e081230520100000009d012a4001f000');

export const stunCorpus = [check, encodeBindingError(decodeStun(check), 420, { hmac })];

const text = (value: string): Uint8Array => Buffer.from(value);

/** What browsers send: audio with its level, layers of video with their names, frames that begin and go on. */
export const rtpCorpus = [
  withExtensions({ ssrc: SSRC, payloadType: AUDIO }, [
    { id: 1, data: Uint8Array.of(0x85) },
    { id: 3, data: Uint8Array.of(0, 1) },
    { id: 4, data: text('1') },
  ]),
  withExtensions({ ssrc: 2001, payloadType: VIDEO }, [
    { id: 4, data: text('2') },
    { id: 10, data: text('q') },
  ]),
  withExtensions({ ssrc: 2002, payloadType: VIDEO, marker: true }, [
    { id: 4, data: text('2') },
    { id: 10, data: text('h') },
    { id: 13, data: Uint8Array.of(1) },
  ]),
  withExtensions({ ssrc: 2003, payloadType: RTX }, [
    { id: 4, data: text('2') },
    { id: 11, data: text('q') },
  ]),
  wrapRtx(rtpPacket({ ssrc: 2001, payloadType: VIDEO }), 77, { payloadType: RTX, ssrc: 2003, seq: 5, timestamp: 9 }),
  rtpPacket({ ssrc: SSRC, payloadType: AUDIO, seq: 65_535 }).bytes,
  // Contributors, padding and the two-byte form of header extensions.
  hex('b278000100000001000007d10000000100000002100000010401320010010202'),
];

const info = { ssrc: SSRC, ntpSeconds: 3_900_000_000, ntpFraction: 9, rtpTimestamp: 77 };
const block = {
  ssrc: SSRC,
  fractionLost: 0.1,
  packetsLost: 3,
  highestSeq: 70_000,
  jitter: 7,
  lastSenderReport: 9,
  delaySinceLastSenderReport: 10,
};
const arrivals = { baseSeq: 65_530, arrivalsUs: [1000, undefined, 2000, 900_000, undefined, undefined, 950_000] };

export const rtcpCorpus = [
  encodeSenderReport(info, { packets: 9, payloadBytes: 1000 }, 'cname'),
  encodeReceiverReport(1, [block, block]),
  encodeNack(1, SSRC, [1, 2, 17, 65_535]),
  encodePli(1, SSRC),
  // FIR (RFC 5104 section 4.3.1) and REMB.
  hex('84ce00040000000100000000000003e901000000'),
  hex('8fce0005000000010000000052454d42010bffff000003e9'),
  // XR with a receiver's reference time and a DLRR block (RFC 3611), and BYE.
  hex('80cf00080000000104000002010203040506070805000003000000010000000200000003'),
  hex('81cb0001000003e9'),
  encodeTransportFeedback(1, SSRC, 7, arrivals),
  concat([encodeReceiverReport(1, [block]), encodeTransportFeedback(1, SSRC, 8, arrivals), encodePli(1, SSRC)]),
];

export const feedbackCorpus = [encodeTransportFeedback(1, SSRC, 7, arrivals)];

export const sdpCorpus = [text(publisherOffer)];

export const rpcCorpus = [
  { jsonrpc: '2.0', method: 'join', params: { sid: 'test', offer: { type: 'offer', sdp: 'v=0' } }, id: 'a' },
  { method: 'offer', params: { desc: { type: 'offer', sdp: 'v=0\r\n' }, tracks: { t: { source: 'camera' } } }, id: 1 },
  { method: 'answer', params: { desc: { type: 'answer', sdp: '' } }, id: null },
  { method: 'trickle', params: { target: 1, candidate: { candidate: 'candidate:1 1 udp 1 127.0.0.1 9 typ host' } } },
  { method: 'mute', params: { trackId: 'tk_0123456789abcdefghjkmnpqrs', muted: true }, id: 9 },
  { method: 'sendMessage', params: { topic: 'chat', data: 'hello', to: ['ada'] }, id: '' },
  { method: 'setPermissions', params: { identity: 'ada', permissions: { publish: false } }, id: 2 },
].map((message) => text(JSON.stringify(message)));

export const apiCorpus = [
  text(JSON.stringify({ streamId: 's', video: 'high', audio: true })),
  text(JSON.stringify({ streamId: 's', video: 'none', framerate: 'low', layers: ['q'] })),
];

export const linkCorpus = [
  encodeLinkFrame([
    { number: 1, packet: rtpPacket({ payloadType: AUDIO }).bytes },
    { number: 65_535, packet: rtcpCorpus[0]! },
  ]),
  encodeLinkFrame(rtpCorpus.map((packet, number) => ({ number, packet }))),
];

const opus = { mimeType: 'audio/opus', clockRate: 48_000, channels: 2, payloadType: 111 };
export const linkTextCorpus = [
  { type: 'publish', number: 1, kind: 'audio', source: 'microphone', codec: opus },
  { type: 'subscribe', trackId: 'tk_0123456789abcdefghjkmnpqrs' },
  { type: 'setMuted', number: 1, muted: true },
].map((message) => text(JSON.stringify(message)));

export const framingCorpus = [
  Buffer.concat([frame(check), frame(rtpCorpus[0]!), frame(rtcpCorpus[1]!)]),
  // Nothing, which is passed over, and the longest that is taken.
  Buffer.concat([frame(new Uint8Array()), frame(new Uint8Array(2048)), frame(check)]),
];

/** SCTP as it comes out of DTLS (RFC 9260): INIT, COOKIE ECHO and DATA that opens a data channel (RFC 8832). */
export const sctpCorpus = [
  hex('138813880000000000000000010000140000000100010000000a000a00000001'),
  hex('1388138800000001000000000a00000801020304'),
  hex('1388138800000001000000000003001c000000010000000000000032030000000000000000000000'),
];

function hex(digits: string): Uint8Array {
  return Buffer.from(digits, 'hex');
}

function withExtensions(fields: Parameters<typeof rtpPacket>[0], elements: readonly ExtensionElement[]): Uint8Array {
  const packet = rtpPacket(fields, KEYFRAME).bytes;
  const length = extensionsLength(elements);
  const bytes = new Uint8Array(packet.length + length);
  bytes.set(packet.subarray(0, 12));
  bytes[0]! |= 0x10;
  writeExtensions(bytes, 12, elements);
  bytes.set(packet.subarray(12), 12 + length);
  return bytes;
}
