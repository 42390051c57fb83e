import { linkRequest } from '@muon/contract/link.ts';
import { signalParams, type SignalMethod } from '@muon/contract/signal.ts';
import { toPlainPacket } from '@muon/media-node/link/plain-packet.ts';
import { forwardedCodecs } from '@muon/media-node/negotiation/codecs.ts';
import { answerOffer } from '@muon/media-node/negotiation/answer.ts';
import { readAnswer } from '@muon/media-node/negotiation/offer.ts';
import { readTransport } from '@muon/media-node/negotiation/transport.ts';
import { parseApiMessage } from '@muon/media-node/signal/api-channel.ts';
import { parseParams, parseRpc } from '@muon/media-node/signal/rpc.ts';
import { decodeLinkFrame } from '@muon/wire/link/frame.ts';
import { decodeRtcp } from '@muon/wire/rtcp/packet.ts';
import { decodeTransportFeedback } from '@muon/wire/rtcp/transport-feedback.ts';
import { visitExtensions } from '@muon/wire/rtp/header-extension.ts';
import { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { unwrapRtx } from '@muon/wire/rtp/rtx.ts';
import { StreamDeframer } from '@muon/wire/rtp/stream-framing.ts';
import { parseDescription } from '@muon/wire/sdp/description.ts';
import { decodeStun } from '@muon/wire/stun/message.ts';
import {
  apiCorpus,
  feedbackCorpus,
  framingCorpus,
  linkCorpus,
  linkTextCorpus,
  rpcCorpus,
  rtcpCorpus,
  rtpCorpus,
  sdpCorpus,
  stunCorpus,
} from './corpus.ts';
import { gatewayDecoders } from './gateway-decoders.ts';
import { mediaDecoders } from './media-decoders.ts';
import type { Target } from './target.ts';

const local = { ufrag: 'u', password: 'p', fingerprint: 'AA', addresses: ['127.0.0.1'], port: 1 };
/** As the corpus answers it. */
const offered = (['audio', 'video'] as const).map((kind, at) => ({
  mid: String(at + 1),
  kind,
  stream: {
    kind,
    msid: { streamId: 's', trackId: kind },
    codec: forwardedCodecs.find((codec) => codec.kind === kind)!,
    ssrc: at + 1,
    rtxSsrc: undefined,
    cname: 'x',
  },
}));

const MAX_PACKET_BYTES = 2048;

/** Everything that reads bytes of strangers and keeps nothing of them. */
export const decoders: readonly Target[] = [
  { name: 'STUN', corpus: stunCorpus, take: (input) => void decodeStun(input) },
  { name: 'RTP', corpus: rtpCorpus, take: takeRtp },
  { name: 'RTCP', corpus: rtcpCorpus, take: (input) => void decodeRtcp(input) },
  { name: 'transport feedback', corpus: feedbackCorpus, take: (input) => void decodeTransportFeedback(input) },
  { name: 'SDP', corpus: sdpCorpus, take: takeSdp },
  { name: 'JSON-RPC', corpus: rpcCorpus, take: takeRpc },
  { name: 'API channel', corpus: apiCorpus, take: (input) => void parseApiMessage(Buffer.from(input).toString()) },
  { name: 'link frames', corpus: linkCorpus, take: takeLinkFrame },
  { name: 'link requests', corpus: linkTextCorpus, take: takeLinkText },
  { name: 'TCP framing', corpus: framingCorpus, take: takeStream },
  ...mediaDecoders,
  ...gatewayDecoders,
];

function takeRtp(input: Uint8Array): void {
  const packet = RtpPacket.parse(input);
  visitExtensions(packet.bytes, (_id, offset, length) => {
    if (offset + length > packet.payloadOffset) throw new Error('an extension reaches into the payload');
  });
  unwrapRtx(packet, { payloadType: 96, ssrc: 1 });
  toPlainPacket(input);
}

function takeSdp(input: Uint8Array): void {
  const description = parseDescription(Buffer.from(input).toString());
  readTransport(description);
  answerOffer(description, local);
  readAnswer(description, offered);
}

function takeRpc(input: Uint8Array): void {
  const { method, params } = parseRpc(Buffer.from(input).toString());
  if (Object.hasOwn(signalParams, method)) parseParams(signalParams[method as SignalMethod], params);
}

function takeLinkFrame(input: Uint8Array): void {
  for (const { packet } of decodeLinkFrame(input)) if ((packet[1]! & 0x7f) < 64) toPlainPacket(packet);
}

function takeLinkText(input: Uint8Array): void {
  let message: unknown;
  try {
    message = JSON.parse(Buffer.from(input).toString());
  } catch {
    return;
  }
  linkRequest.safeParse(message);
}

/** However a stream is cut, its packets are the same. */
function takeStream(input: Uint8Array): void {
  const whole = new StreamDeframer(MAX_PACKET_BYTES).push(input);
  const deframer = new StreamDeframer(MAX_PACKET_BYTES);
  const [third, middle] = [Math.floor(input.length / 3), input.length >> 1];
  const cuts = [input.subarray(0, third), input.subarray(third, middle), input.subarray(middle)];
  const parts = cuts.flatMap((cut) => deframer.push(cut));
  const same = parts.length === whole.length && parts.every((part, at) => Buffer.from(part).equals(whole[at]!));
  if (!same) throw new Error('the packets depend on the cuts');
}
