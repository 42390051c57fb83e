import { setTimeout } from 'node:timers/promises';
import { Inspector } from '../support/inspector.ts';
import { MediaNode } from '../support/media-node.ts';
import { freePort } from '../support/ports.ts';
import { until } from '../support/until.ts';
import { WireParticipant, type Goodbye } from './wire-participant.ts';

const PER_MINUTE = 200;

/** So many are there at a time, by how long each stays. */
const STAY_MS = 6000;

const ROOMS = 4;

/** Mostly as it should be, now and then not. */
const goodbyes: readonly Goodbye[] = [
  'leave',
  'leave',
  'leave',
  'break',
  'leave',
  'leave',
  'leave',
  'leave',
  'vanish',
  'leave',
];

/** What a node holds, all garbage collected. */
export interface Footprint {
  readonly joins: number;
  readonly participants: number;
  readonly heapKb: number;
  readonly handles: number;
  readonly rssMb: number;
}

export interface JoinsFigures {
  readonly joins: number;
  /** Why somebody could not join, each time. */
  readonly failures: readonly string[];
  readonly joinP50Ms: number;
  /** Of the node. */
  readonly cpuMsPerJoin: number;
  /** After each round, when everybody is gone. */
  readonly empty: readonly Footprint[];
  /** Each minute, with people there. */
  readonly busy: readonly Footprint[];
}

/**
 * Lets people join and leave, 200 a minute, for as long as each round says, and looks at what the node still holds when
 * all of them are gone. The first round is there to make what is made once.
 */
export async function joinsAndLeaves(roundSeconds: readonly number[]): Promise<JoinsFigures> {
  const inspectorPort = await freePort();
  await using node = await MediaNode.start({ NODE_OPTIONS: `--inspect=127.0.0.1:${inspectorPort}` });
  using inspector = await Inspector.open(inspectorPort);
  const [empty, busy]: [Footprint[], Footprint[]] = [[], []];
  const took: number[] = [];
  const failures: string[] = [];
  let joins = 0;
  const cpuBefore = await node.metric('process_cpu_seconds_total');
  for (const seconds of roundSeconds) {
    const stays: Promise<void>[] = [];
    for (let due = 0; due < (seconds * PER_MINUTE) / 60; due++) {
      stays.push(stay(joins++));
      if (joins % PER_MINUTE === 0) busy.push(await look());
      await setTimeout(60_000 / PER_MINUTE);
    }
    await Promise.all(stays);
    // Those that went without a word are waited for.
    await until('nobody is left', async () => (await node.metric('muon_connections')) === 0, { timeoutMs: 90_000 });
    await until('no room is left', async () => (await node.metric('muon_rooms')) === 0, { timeoutMs: 90_000 });
    empty.push(await look());
  }
  const cpuMs = ((await node.metric('process_cpu_seconds_total')) - cpuBefore) * 1000;
  const joinP50Ms = Math.round(took.toSorted((a, b) => a - b)[took.length >> 1] ?? NaN);
  return { joins, failures, joinP50Ms, cpuMsPerJoin: Math.round(cpuMs / joins), empty, busy };

  async function look(): Promise<Footprint> {
    const participants = await node.metric('muon_participants');
    return {
      joins,
      participants,
      heapKb: Math.round((await inspector.heapBytes()) / 1024),
      handles: await node.metric('nodejs_active_resources_total'),
      rssMb: Math.round((await node.metric('process_resident_memory_bytes')) / 2 ** 20),
    };
  }

  async function stay(number: number): Promise<void> {
    const startedMs = performance.now();
    try {
      const participant = await WireParticipant.join(node, `room${number % ROOMS}`, `p${number}`);
      took.push(performance.now() - startedMs);
      await setTimeout(STAY_MS);
      participant.go(goodbyes[number % goodbyes.length]!);
    } catch (error) {
      failures.push(String(error));
    }
  }
}
