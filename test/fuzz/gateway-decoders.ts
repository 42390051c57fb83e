import { resolve, sep } from 'node:path';
import { parseRequestTarget } from '@muon/rtmp-gateway/hls/request-target.ts';
import { parseRange } from '@muon/rtmp-gateway/recording/serve-file.ts';
import { parseControlMessage } from '@muon/sip-gateway/signaling/drachtio/control-message.ts';
import { FrameReader } from '@muon/sip-gateway/signaling/drachtio/frames.ts';
import { headerOf, parseSip, sipLength } from '@muon/wire/sip/message.ts';
import { parseVia } from '@muon/wire/sip/via.ts';
import { controlCorpus, rangeCorpus, requestTargetCorpus, sipCorpus } from './gateway-corpus.ts';
import type { Target } from './target.ts';

/** What reads bytes of telephones, of the daemon that speaks with them, and of players. */
export const gatewayDecoders: readonly Target[] = [
  { name: 'SIP', corpus: sipCorpus, take: takeSip },
  { name: 'drachtio control port', corpus: controlCorpus, take: takeControl },
  { name: 'HLS and recordings', corpus: requestTargetCorpus, take: takeRequestTarget },
  { name: 'byte ranges', corpus: rangeCorpus, take: takeRange },
];

function takeSip(input: Uint8Array): void {
  sipLength(input);
  const message = parseSip(input);
  const via = headerOf(message, 'via');
  if (via !== undefined) parseVia(via);
}

/** However the stream is cut, its messages are the same. */
function takeControl(input: Uint8Array): void {
  const bytes = Buffer.from(input);
  const whole = new FrameReader().read(bytes);
  const reader = new FrameReader();
  const [third, middle] = [Math.floor(bytes.length / 3), bytes.length >> 1];
  const cuts = [bytes.subarray(0, third), bytes.subarray(third, middle), bytes.subarray(middle)];
  const parts = cuts.flatMap((cut) => reader.read(cut));
  const same = parts.length === whole.length && parts.every((part, at) => part.equals(whole[at]!));
  if (!same) throw new Error('the messages depend on the cuts');
  for (const frame of whole) {
    const message = parseControlMessage(frame);
    if (message.type === 'sip') takeSip(message.message);
  }
}

/** Whatever is asked for is a file of its own broadcast. */
function takeRequestTarget(input: Uint8Array): void {
  const target = parseRequestTarget(Buffer.from(input).toString('latin1'));
  if (target?.type !== 'recording' && target?.type !== 'file') return;
  const name = target.type === 'recording' ? `${target.recordingId}.mp4` : target.name;
  const folder = resolve('/recordings', target.egressId);
  const path = resolve(folder, name);
  const outside = !folder.startsWith(`${sep}recordings${sep}eg_`) || !path.startsWith(folder + sep);
  if (outside && name !== '.' && name !== '..') throw new Error(`${path} is none of its files`);
}

function takeRange(input: Uint8Array): void {
  for (const size of [0, 1, 500, 2 ** 40]) {
    const range = parseRange(Buffer.from(input).toString('latin1'), size);
    if (range === undefined || range === 'unsatisfiable') continue;
    const { start, end } = range;
    if (!(start >= 0 && start <= end && end < size)) throw new Error(`${start} to ${end} of ${size}`);
  }
}
