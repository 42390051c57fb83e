// What forwarding a packet takes, and how long, beside the servers that others run: the same clients and the same load, one
// server after the other, again and again. `--seconds N` each time, `--rounds N`, `--only PEER`, `--load NAME`.
// The clients share this machine with the servers: figures of one run can be compared with each other, and with no others.
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { janusVersion } from '@muon/test/support/janus.ts';
import { JanusStage } from './peers/janus-stage.ts';
import { measure, type Load, type Sample } from './peers/load.ts';
import { media } from './peers/medium.ts';
import { MuonStage } from './peers/muon-stage.ts';
import type { Stage } from './peers/stage.ts';
import { percentile, report } from './report.ts';

const loads: readonly Load[] = [
  { name: 'audio 1 to 30', people: 31, publishers: 1, medium: media.audio },
  { name: 'audio 10 x 10', people: 10, publishers: 10, medium: media.audio },
  { name: 'video 1 to 30', people: 31, publishers: 1, medium: media.video },
  { name: 'video 10 x 10', people: 10, publishers: 10, medium: media.video },
];

/** Between two rooms: the last one is cleared away. */
const PAUSE_MS = 500;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '2' },
    only: { type: 'string' },
    load: { type: 'string' },
  },
});
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];

if (janusVersion === undefined) {
  process.stdout.write('skipped: Janus is not installed, and could not be (Debian and Ubuntu have it as `janus`)\n');
  process.exit(0);
}
await using muon = await MuonStage.open();
await using janus = await JanusStage.open();
const stages: Stage[] = [muon, janus].filter(({ peer }) => (values.only ?? peer) === peer);
const samples = new Map<Load, Map<Stage, Sample[]>>();
for (const load of loads.filter(({ name }) => (values.load ?? name) === name)) {
  const taken = new Map(stages.map((stage) => [stage, [] as Sample[]]));
  samples.set(load, taken);
  for (let round = 0; round < rounds; round++) {
    for (const [stage, list] of taken) {
      list.push(await measure(stage, load, seconds));
      await setTimeout(PAUSE_MS);
    }
  }
}
const rows = [...samples].flatMap(([load, taken]) => {
  const janusUs = taken.has(janus) ? usPerPacket(taken.get(janus)!) : NaN;
  return [...taken].map(([stage, list]) => figuresOf(stage, load, list, janusUs));
});
report(
  'peers',
  rows,
  [...samples].map(([{ name }, taken]) => ({ load: name, ...brief(taken) })),
);

function figuresOf({ peer, version }: Stage, { name }: Load, list: readonly Sample[], janusUs: number) {
  const delaysMs = list.flatMap((sample) => sample.delaysMs);
  const sum = (value: (sample: Sample) => number): number => list.reduce((total, sample) => total + value(sample), 0);
  const elapsed = sum((sample) => sample.seconds);
  return {
    load: name,
    peer,
    version,
    packetsPerSecond: Math.round(delaysMs.length / elapsed),
    usPerPacket: rounded(usPerPacket(list), 1),
    timesJanus: rounded(usPerPacket(list) / janusUs, 2),
    cpuPct: rounded((100 * sum(({ cpuSeconds }) => cpuSeconds)) / elapsed, 1),
    othersPct: rounded((100 * sum(({ othersCpuSeconds }) => othersCpuSeconds)) / elapsed, 1),
    rssMb: Math.round(Math.max(...list.map(({ rssMb }) => rssMb))),
    lossPct: rounded(100 * (1 - delaysMs.length / sum(({ expected }) => expected)), 3),
    delayP50Ms: rounded(percentile(delaysMs, 0.5), 2),
    delayP99Ms: rounded(percentile(delaysMs, 0.99), 2),
  };
}

/** Of the packets that arrived. */
function usPerPacket(list: readonly Sample[]): number {
  const packets = list.reduce((sum, { delaysMs }) => sum + delaysMs.length, 0);
  return (1e6 * list.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)) / packets;
}

/** Each round, without each packet. */
function brief(taken: ReadonlyMap<Stage, readonly Sample[]>): object {
  return Object.fromEntries(
    [...taken].map(([{ peer }, list]) => [
      peer,
      list.map(({ delaysMs, ...sample }) => ({
        ...sample,
        arrived: delaysMs.length,
        delayP50Ms: percentile(delaysMs, 0.5),
        delayP99Ms: percentile(delaysMs, 0.99),
      })),
    ]),
  );
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
