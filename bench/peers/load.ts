import { setTimeout } from 'node:timers/promises';
import { busySeconds, cpuSecondsOf, residentMbOf } from '@muon/test/support/process-usage.ts';
import { Ear } from './ear.ts';
import { MeasuredTime } from './measured-time.ts';
import type { Medium } from './medium.ts';
import { Source } from './source.ts';
import type { Attendee, Stage } from './stage.ts';

/** For the first keyframes, the first probes, and the compiler. */
const WARM_UP_MS = 5000;

/** What was sent last arrives. */
const SETTLE_MS = 300;

/** A room: the first of its people publish, everybody listens. */
export interface Load {
  readonly name: string;
  readonly people: number;
  readonly publishers: number;
  readonly medium: Medium;
}

/** What one server took for one load, once. */
export interface Sample {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of this process, which plays all clients. */
  readonly clientsCpuSeconds: number;
  /** Of everything else on this machine: how far the delays are not the server's. */
  readonly othersCpuSeconds: number;
  readonly rssMb: number;
  readonly expected: number;
  readonly delaysMs: readonly number[];
}

export async function measure(stage: Stage, { people, publishers, medium }: Load, seconds: number): Promise<Sample> {
  const published = Array.from({ length: people }, (_, at) => (at < publishers ? [medium.description] : []));
  const attendees = await stage.fill(published);
  const measured = new MeasuredTime();
  const sources = startSources(attendees, medium, measured);
  const ears = attendees.map(({ subscriber }) => new Ear(subscriber, medium, measured));
  await setTimeout(WARM_UP_MS);
  const before = usage(stage.pid);
  measured.begin(performance.now());
  await setTimeout(seconds * 1000);
  measured.end(performance.now());
  const after = usage(stage.pid);
  const rssMb = residentMbOf(stage.pid);
  await setTimeout(SETTLE_MS);
  for (const one of [...sources, ...ears]) one.stop();
  for (const attendee of attendees) attendee.leave();
  const [cpuSeconds, clientsCpuSeconds, allSeconds] = after.map((value, at) => value - before[at]!) as Usage;
  const sent = sources.reduce((sum, source) => sum + source.sent, 0);
  return {
    seconds: measured.seconds,
    cpuSeconds,
    clientsCpuSeconds,
    othersCpuSeconds: allSeconds - cpuSeconds - clientsCpuSeconds,
    rssMb,
    expected: sent * (people - 1),
    delaysMs: ears.flatMap(({ delaysMs }) => delaysMs),
  };
}

/** CPU time of the server, of the clients, of everything. */
type Usage = [number, number, number];

function usage(pid: number): Usage {
  return [cpuSecondsOf(pid), cpuSecondsOf(process.pid), busySeconds()];
}

function startSources(attendees: readonly Attendee[], medium: Medium, measured: MeasuredTime): Source[] {
  const sources = attendees.flatMap(({ publisher }) => (publisher ? [new Source(publisher, medium, measured)] : []));
  const frameMs = 1000 / medium.framesPerSecond;
  for (const [at, source] of sources.entries()) source.start((at * frameMs) / sources.length);
  return sources;
}
