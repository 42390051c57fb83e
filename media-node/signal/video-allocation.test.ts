import type { SubscriptionState, SubscriptionWish } from '@muon/contract/subscription.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import type { LayerInfo } from '../forward/encodings.ts';
import type { OutgoingTransport } from '../io/outgoing-transport.ts';
import type { Sender } from '../io/sender.ts';
import type { Track } from '../track.ts';
import type { Subscription } from './subscription.ts';
import { VideoAllocation } from './video-allocation.ts';

/** Sends what it was told to at once. */
class FakeSender {
  current: { spatial: number; temporal: number } | undefined;
  /** Whether a lower layer has to wait for its keyframe. */
  stuck = false;

  /** Whether that is the keyframe of another encoding. */
  leaves = false;
  target: { spatial: number; temporal: number } | undefined;

  setTarget(layer: { spatial: number; temporal: number } | undefined): void {
    this.target = layer;
    if (!this.stuck) this.current = layer;
  }

  interrupt(): void {
    this.current = undefined;
  }
}

const simulcast: LayerInfo[] = [100_000, 400_000, 2_000_000].map((bitrateBps, spatial) => ({
  spatial,
  temporal: 0,
  bitrateBps,
}));

let nowMs: number;
let transport: { wantedBps: number; estimate: number | undefined; loss: number };
let subscriptions: Map<string, Subscription>;
let speakers: string[];
let states: SubscriptionState[];
let allocation: VideoAllocation;

beforeEach(() => {
  nowMs = 1000;
  transport = { wantedBps: 0, estimate: undefined, loss: 0 };
  subscriptions = new Map();
  states = [];
  speakers = [];
  const facade = Object.assign(transport, {
    estimateBps: () => transport.estimate,
    stats: () => ({ lossFraction: transport.loss }),
  });
  allocation = new VideoAllocation({
    transport: facade as unknown as OutgoingTransport,
    subscriptions,
    speakers: () => speakers.map((identity) => ({ identity })),
    changed: (state) => states.push(state),
  });
});

function add(id: string, options: { layers?: LayerInfo[]; audio?: boolean; wish?: SubscriptionWish } = {}): Track {
  const { layers = simulcast, audio = false, wish = {} } = options;
  const kind = audio ? 'audio' : 'video';
  const track = { id: `${id}-${kind}`, identity: id, kind, layers: () => layers } as unknown as Track;
  const sender = new FakeSender() as unknown as Sender;
  subscriptions.set(track.id, { track, sender, wish, agreed: true });
  return track;
}

/** Lets time pass, in steps of the usual interval. */
function run(durationMs: number): void {
  for (const endMs = nowMs + durationMs; nowMs < endMs; nowMs += 200) allocation.update(nowMs);
}

function sent(): (number | undefined)[] {
  return [...subscriptions.values()].map(({ sender }) => (sender as unknown as FakeSender).current?.spatial);
}

test('a layer that is far too much is stopped when it cannot be left at once; one that is a little too much is not', () => {
  const sender = subscriptions.get(add('ada').id)!.sender as unknown as FakeSender;
  run(200);
  sender.stuck = true;
  transport.estimate = 1_700_000;
  run(600);
  expect(sender.current?.spatial).toBe(2);
  transport.estimate = 500_000;
  run(200);
  expect(sender.current?.spatial).toBe(2);
  run(200);
  expect(sender.current).toBeUndefined();
});

test('one of another encoding is stopped at once, and begins again with the smallest picture', () => {
  const sender = subscriptions.get(add('ada').id)!.sender as unknown as FakeSender;
  run(200);
  Object.assign(sender, { stuck: true, leaves: true });
  // Enough for the one in the middle.
  transport.estimate = 1_000_000;
  allocation.update(nowMs);
  expect(sender.current).toBeUndefined();
  expect(sender.target).toMatchObject({ spatial: 0 });
  run(1000);
  expect(sender.target).toMatchObject({ spatial: 0 });
  Object.assign(sender, { stuck: false, leaves: false });
  run(600);
  expect(sender.current).toMatchObject({ spatial: 1 });
});

test('without an estimate all get the best', () => {
  add('ada');
  add('bob');
  run(200);
  expect(sent()).toEqual([2, 2]);
});

test('what is known to fit is shared out, and what more is wanted is worth a probe', () => {
  transport.estimate = 1_200_000;
  add('ada');
  add('bob');
  run(200);
  expect(sent()).toEqual([1, 1]);
  expect(transport.wantedBps).toBeCloseTo(2 * 2_000_000 * 1.05 * 1.15);
});

test('room is left for audio, and for what has to be sent twice', () => {
  transport.estimate = 450_000;
  add('ada');
  run(200);
  expect(sent()).toEqual([1]);
  add('ada', { audio: true, layers: [{ spatial: 0, temporal: 0, bitrateBps: 40_000 }] });
  run(200);
  expect(sent()[0]).toBe(0);
  subscriptions.delete('ada-audio');
  transport.loss = 0.1;
  run(200);
  expect(sent()[0]).toBe(0);
});

test('one that is pinned comes before one that speaks, before a large one, before the rest', () => {
  // Enough for one large picture and two small ones.
  transport.estimate = 2_200_000;
  const layers = [100_000, 1_200_000].map((bitrateBps, spatial) => ({ spatial, temporal: 0, bitrateBps }));
  const [ada, bob, cat] = ['ada', 'bob', 'cat'].map((id) => add(id, { layers }));
  run(200);
  expect(sent()).toEqual([1, 0, 0]);
  subscriptions.get(cat!.id)!.wish = { size: { width: 1280, height: 720 } };
  run(200);
  expect(sent()).toEqual([0, 0, 1]);
  speakers = [bob!.identity];
  run(200);
  expect(sent()).toEqual([0, 1, 0]);
  subscriptions.get(ada!.id)!.wish = { priority: 'pinned' };
  run(200);
  expect(sent()).toEqual([1, 0, 0]);
});

describe('a video whose lowest layer does not fit', () => {
  beforeEach(() => {
    add('ada');
    transport.estimate = 60_000;
    run(4800);
  });

  test('goes on for a moment, is paused, and comes back when there is room; the client is told', () => {
    expect(sent()).toEqual([0]);
    run(600);
    expect(sent()).toEqual([undefined]);
    transport.estimate = 110_000;
    run(1000);
    expect(sent()).toEqual([undefined]);
    transport.estimate = 200_000;
    run(200);
    expect(sent()).toEqual([0]);
    const trackId = 'ada-video';
    expect(states).toEqual([
      { trackId, state: 'active', spatial: 0, temporal: 0 },
      { trackId, state: 'paused', reason: 'bandwidth' },
      { trackId, state: 'active', spatial: 0, temporal: 0 },
    ]);
  });

  test('stays when it fits again in time', () => {
    transport.estimate = 200_000;
    run(200);
    transport.estimate = 60_000;
    run(4800);
    expect(sent()).toEqual([0]);
  });
});

test('when the lowest layer pauses for a moment, a higher one that does not fit is not sent instead', () => {
  const flowing = [...simulcast];
  add('ada', { layers: flowing });
  transport.estimate = 200_000;
  run(400);
  flowing.shift();
  run(1000);
  expect(sent()).toEqual([0]);
  transport.estimate = 600_000;
  run(400);
  expect(sent()).toEqual([1]);
});

test('a video whose publisher stops is told to be paused, and again when it goes on', () => {
  const flowing = [...simulcast];
  const track = add('ada', { layers: flowing });
  run(200);
  flowing.length = 0;
  run(3000);
  flowing.push(...simulcast);
  run(200);
  expect(states).toEqual([
    { trackId: track.id, state: 'active', spatial: 2, temporal: 0 },
    { trackId: track.id, state: 'paused', reason: 'publisher' },
    { trackId: track.id, state: 'active', spatial: 2, temporal: 0 },
  ]);
});

test('a video that the client does not want, or has not agreed on, takes nothing', () => {
  transport.estimate = 500_000;
  add('ada', { wish: { paused: true } });
  subscriptions.get(add('bob').id)!.agreed = false;
  add('cat');
  run(200);
  expect(sent()).toEqual([undefined, undefined, 1]);
});
