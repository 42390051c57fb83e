// A room in which everybody hears everybody: what a node takes for each packet that it passes on, and how long that takes.
// `--participants N`, `--seconds N`, `--bytes N` of payload. Clients share this machine with the node: the other core, if any.
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WireParticipant } from '@muon/test/faults/wire-participant.ts';
import { MediaNode } from '@muon/test/support/media-node.ts';
import { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { percentile, report } from './report.ts';

const { values } = parseArgs({
  options: {
    participants: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '20' },
    bytes: { type: 'string', default: '1000' },
  },
});
const [participants, seconds, payloadBytes] = [values.participants, values.seconds, values.bytes].map(Number) as [
  number,
  number,
  number,
];

/** What everybody has received while it was measured. */
const delaysMs: number[] = [];
let measuring = false;

function received(bytes: Uint8Array): void {
  if (!measuring) return;
  const { payload } = RtpPacket.parse(bytes);
  delaysMs.push(performance.now() - Buffer.from(payload.buffer, payload.byteOffset, payload.length).readDoubleBE());
}

interface Count {
  readonly cpuSeconds: number;
  readonly forwarded: number;
  /** By the clients. */
  readonly sent: number;
  readonly atMs: number;
}

await using node = await MediaNode.start();
const count = async (): Promise<Count> => ({
  cpuSeconds: await node.metric('process_cpu_seconds_total'),
  forwarded: await node.metric('muon_media_packets_sent_total'),
  sent: everybody.reduce((sum, { sent }) => sum + sent, 0),
  atMs: performance.now(),
});
const everybody: WireParticipant[] = [];
for (let at = 0; at < participants; at += 1) {
  everybody.push(await WireParticipant.join(node, 'bench', `p${at}`, { payloadBytes, received }));
}
// The first seconds compile.
await setTimeout(5000);
measuring = true;
const before = await count();
await setTimeout(seconds * 1000);
const after = await count();
measuring = false;
for (const participant of everybody) participant.go('leave');

const elapsedSeconds = (after.atMs - before.atMs) / 1000;
const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
const forwarded = after.forwarded - before.forwarded;
const expected = (after.sent - before.sent) * (participants - 1);
report(
  'forward',
  {
    participants,
    payloadBytes,
    packetsPerSecond: Math.round(forwarded / elapsedSeconds),
    cpuPct: Number(((100 * cpuSeconds) / elapsedSeconds).toFixed(1)),
    cpuUsPerPacket: Number(((1e6 * cpuSeconds) / forwarded).toFixed(1)),
    lostPct: Number(Math.max(0, 100 * (1 - delaysMs.length / expected)).toFixed(2)),
    delayP50Ms: Number(percentile(delaysMs, 0.5).toFixed(2)),
    delayP99Ms: Number(percentile(delaysMs, 0.99).toFixed(2)),
  },
  { before, after },
);
