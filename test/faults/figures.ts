import type { Sample, SentSample, StreamSample } from '../support/pages/recorder.ts';

/** How well video came, over a recording. */
export interface VideoFigures {
  /** The longest time in which no stream brought a frame; up to one sample's interval too long. */
  readonly longestGapMs: number;
  readonly freezeCount: number;
  readonly freezeSeconds: number;
  readonly framesPerSecond: number;
  readonly nackCount: number;
  readonly retransmitted: number;
}

/** How well audio came, over a recording. */
export interface AudioFigures {
  /** Share of what was played that the decoder had to make up. */
  readonly concealedShare: number;
  readonly nackCount: number;
  readonly retransmitted: number;
  readonly packetsPerSecond: number;
}

export function videoFigures(samples: readonly Sample[]): VideoFigures {
  const seconds = (samples.at(-1)!.atMs - samples[0]!.atMs) / 1000;
  return {
    longestGapMs: Math.round(longestGapMs(samples)),
    freezeCount: growth(samples, 'video', 'freezeCount'),
    freezeSeconds: round(growth(samples, 'video', 'totalFreezesDuration'), 2),
    framesPerSecond: round(growth(samples, 'video', 'framesDecoded') / seconds, 1),
    nackCount: growth(samples, 'video', 'nackCount'),
    retransmitted: growth(samples, 'video', 'retransmittedPacketsReceived'),
  };
}

export function audioFigures(samples: readonly Sample[]): AudioFigures {
  const seconds = (samples.at(-1)!.atMs - samples[0]!.atMs) / 1000;
  const concealed = growth(samples, 'audio', 'concealedSamples');
  return {
    concealedShare: round(concealed / growth(samples, 'audio', 'totalSamplesReceived'), 4),
    nackCount: growth(samples, 'audio', 'nackCount'),
    retransmitted: growth(samples, 'audio', 'retransmittedPacketsReceived'),
    packetsPerSecond: round(growth(samples, 'audio', 'packetsReceived') / seconds, 1),
  };
}

/** The longest time from the capture of a sound to when it was played, on one machine; undefined where none is known. */
export function longestSoundDelayMs(samples: readonly Sample[]): number | undefined {
  const delaysMs = samples.flatMap(({ ntpMs, streams }) =>
    streams.flatMap(({ kind, estimatedPlayoutTimestamp: playedMs }) =>
      kind === 'audio' && playedMs > 0 ? ntpMs - playedMs : [],
    ),
  );
  return delaysMs.length === 0 ? undefined : Math.round(Math.max(...delaysMs));
}

/** Between one sample that brought video frames and the next; from the first sample to the last. */
export function longestGapMs(samples: readonly Sample[]): number {
  let longest = 0;
  let sinceMs = samples[0]!.atMs;
  for (const [at, { atMs }] of samples.entries()) {
    if (at > 0) longest = Math.max(longest, atMs - sinceMs);
    if (at > 0 && growth(samples.slice(at - 1, at + 1), 'video', 'framesDecoded') > 0) sinceMs = atMs;
  }
  return longest;
}

/** By how much a count has grown over all streams of a kind; a stream that is new counts from 0. */
export function growth(
  samples: readonly Sample[],
  kind: 'audio' | 'video',
  count: Exclude<keyof StreamSample, 'id' | 'kind'>,
): number {
  return grown(
    samples.map(({ streams }) => streams.filter((stream) => stream.kind === kind)),
    count,
  );
}

/** The same of what was sent, of both kinds. */
export function sentGrowth(samples: readonly Sample[], count: Exclude<keyof SentSample, 'id' | 'kind'>): number {
  return grown(
    samples.map(({ sent }) => sent),
    count,
  );
}

function grown<Count extends string>(
  samples: readonly (readonly ({ readonly id: string } & Readonly<Record<Count, number>>)[])[],
  count: Count,
): number {
  const latest = new Map<string, number>();
  let total = 0;
  for (const [at, streams] of samples.entries()) {
    for (const stream of streams) {
      if (at > 0) total += Math.max(0, stream[count] - (latest.get(stream.id) ?? 0));
      latest.set(stream.id, stream[count]);
    }
  }
  return total;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
