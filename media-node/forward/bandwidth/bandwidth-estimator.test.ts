import { edges } from '@muon/wire/rtp/seq.fixture.ts';
import { describe, expect, test } from 'vitest';
import { SimulatedLink } from './simulated-link.fixture.ts';

/** The lowest and highest estimate while this much time goes by. */
function range(path: SimulatedLink, durationMs: number): { lowest: number; highest: number } {
  const seen = { lowest: Infinity, highest: 0 };
  path.run(durationMs, () => {
    seen.lowest = Math.min(seen.lowest, path.estimator.estimateBps);
    seen.highest = Math.max(seen.highest, path.estimator.estimateBps);
  });
  return seen;
}

describe.each([400_000, 1_000_000, 3_000_000])('on a path of %i bit/s', (bps) => {
  test('the estimate comes within a fifth of the capacity, and the queue stays short', () => {
    const path = new SimulatedLink({ bps });
    path.run(4000);
    let longestMs = 0;
    let sum = 0;
    let count = 0;
    path.run(30_000, () => {
      longestMs = Math.max(longestMs, path.queueMs);
      sum += path.estimator.estimateBps;
      count++;
    });
    expect(sum / count / bps).toBeGreaterThan(0.8);
    expect(sum / count / bps).toBeLessThan(1.2);
    expect(longestMs).toBeLessThan(250);
  });

  test('the first seconds are enough to know it', () => {
    const path = new SimulatedLink({ bps });
    expect(path.timeUntil((estimate) => estimate > 0.75 * bps && estimate < 1.2 * bps, 5000)).toBeLessThan(3000);
  });
});

describe.each([undefined, [150_000, 500_000, 2_500_000]])('with layers %j', (layersBps) => {
  test('a drop from 3 Mbit/s to 400 kbit/s is known within two seconds, the return within eight', () => {
    const path = new SimulatedLink({ bps: 3_000_000 });
    if (layersBps) Object.assign(path.source, { maxBps: 2_700_000, layersBps, audioBps: 40_000 });
    path.run(10_000);
    expect(path.estimator.estimateBps).toBeGreaterThan(2_400_000);
    path.link.bps = 400_000;
    expect(path.timeUntil((estimate) => estimate < 400_000, 5000)).toBeLessThan(2000);
    path.run(10_000);
    path.link.bps = 3_000_000;
    expect(path.timeUntil((estimate) => estimate > 2_500_000, 20_000)).toBeLessThan(8000);
  });
});

test.each(Array.from({ length: 10 }, (_, at) => 7 * at))(
  'a drop in the midst of frames is known in little more than a response time, and how far it goes (%i ms later)',
  (laterMs) => {
    const path = new SimulatedLink({ bps: 3_000_000 });
    Object.assign(path.source, { maxBps: 1_500_000, layersBps: [1_500_000], audioBps: 80_000, framesPerSecond: 15 });
    path.run(10_000 + laterMs);
    expect(path.estimator.estimateBps).toBeGreaterThan(1_300_000);
    path.link.bps = 400_000;
    // 100 ms there and back, up to 67 until the next frame, 50 until the next feedback, and 50 for two of its packets.
    path.run(300);
    expect(path.estimator.estimateBps).toBeGreaterThan(250_000);
    expect(path.estimator.estimateBps).toBeLessThan(420_000);
  },
);

test('a queue that is too short to show in delays is known by what it drops', () => {
  const path = new SimulatedLink({ bps: 3_000_000, queueMs: 30 });
  path.run(10_000);
  path.link.bps = 400_000;
  expect(path.timeUntil((estimate) => estimate < 500_000, 5000)).toBeLessThan(2000);
  const { lowest, highest } = range(path, 10_000);
  expect(lowest).toBeGreaterThan(300_000);
  expect(highest).toBeLessThan(600_000);
});

test.each([1, 2, 3, 4, 5])('random loss of a tenth is no reason to send less, feedback lost as well (%i)', (seed) => {
  const path = new SimulatedLink({ bps: 3_000_000, loss: 0.1, feedbackLoss: 0.1 }, { seed });
  path.source.maxBps = 2_000_000;
  path.run(5000);
  expect(range(path, 60_000).lowest).toBeGreaterThan(1_500_000);
});

test.each([1, 2, 3])('random loss of a tenth on a path that is full leaves more than half of it (%i)', (seed) => {
  const path = new SimulatedLink({ bps: 3_000_000, loss: 0.1 }, { seed });
  path.run(10_000);
  const mean = path.meanOver(60_000);
  expect(mean).toBeGreaterThan(1_500_000);
  expect(mean).toBeLessThan(3_600_000);
});

test('one that sends audio alone neither probes nor falls', () => {
  const path = new SimulatedLink({ bps: 3_000_000 });
  Object.assign(path.source, { maxBps: 0, audioBps: 40_000 });
  const { lowest, highest } = range(path, 30_000);
  expect(lowest).toBeGreaterThan(900_000);
  expect(highest).toBeLessThan(1_200_000);
});

test('when more is wanted than before, a probe says within a second whether it fits', () => {
  const path = new SimulatedLink({ bps: 3_000_000 });
  Object.assign(path.source, { maxBps: 0, audioBps: 40_000 });
  path.run(10_000);
  path.source.maxBps = 2_500_000;
  expect(path.timeUntil((estimate) => estimate > 2_400_000, 5000)).toBeLessThan(1500);
});

test.each([60_000, 100_000, 200_000])(
  'an estimate that fell to %i bit/s comes back within four seconds',
  (startBps) => {
    // Whether the source keeps to it, or sends its lowest layer all the same.
    for (const layersBps of [undefined, [1_500_000]]) {
      const path = new SimulatedLink({ bps: 8_000_000 }, { startBps });
      Object.assign(path.source, { maxBps: 1_500_000, audioBps: 40_000, ...(layersBps && { layersBps }) });
      expect(path.timeUntil((estimate) => estimate > 1_500_000, 10_000)).toBeLessThan(4000);
    }
  },
);

test('without any feedback the estimate stays, and nothing is probed', () => {
  const path = new SimulatedLink({ bps: 3_000_000, feedbackLoss: 1 });
  path.run(5000);
  expect(path.estimator.estimateBps).toBe(1_000_000);
  expect(path.estimator.isGuided(path.nowMs)).toBe(false);
});

test('most of the feedback may be lost', () => {
  const path = new SimulatedLink({ bps: 1_000_000, feedbackLoss: 0.5 });
  path.run(10_000);
  expect(path.meanOver(20_000)).toBeGreaterThan(600_000);
});

test('packets held back for 200 ms and then let go at once are no queue', () => {
  const path = new SimulatedLink({ bps: 3_000_000 });
  path.source.maxBps = 2_000_000;
  path.run(5000);
  for (let i = 0; i < 20; i++) {
    path.link.stalledUntilMs = path.nowMs + 200;
    expect(range(path, 700).lowest).toBeGreaterThan(2_000_000);
  }
});

test.each([1, 2, 3])('nor are they when feedback comes in the middle of it (%i ms a packet)', (letGoMs) => {
  const path = new SimulatedLink({ bps: 8_000_000, letGoMs });
  path.source.maxBps = 2_000_000;
  path.run(5000);
  for (let i = 0; i < 40; i++) {
    path.link.stalledUntilMs = path.nowMs + 200;
    // Never in step with the feedback.
    expect(range(path, 700 + 5 * i).lowest).toBeGreaterThan(1_300_000);
  }
});

test.each([
  { bps: 8_000_000, letGoMs: 0 },
  { bps: 8_000_000, letGoMs: 2 },
  { bps: 3_000_000, letGoMs: 3 },
])('nor are frames on a radio that holds them back for 60 to 110 ms at a time: %o', (link) => {
  const path = new SimulatedLink(link);
  Object.assign(path.source, { maxBps: 1_500_000, layersBps: [1_500_000], audioBps: 80_000, framesPerSecond: 15 });
  path.run(5000);
  for (let i = 0; i < 200; i++) {
    path.link.stalledUntilMs = path.nowMs + 60 + 5 * (i % 11);
    expect(range(path, 200 + 5 * (i % 37)).lowest).toBeGreaterThan(1_300_000);
  }
});

test.each(edges)('the estimate comes out the same whichever number is first: %i', (firstSeq) => {
  const bps = [0, firstSeq].map((first) => {
    const path = new SimulatedLink({ bps: 1_000_000 }, { firstSeq: first });
    path.run(8000);
    return path.estimator.estimateBps;
  });
  expect(bps[1]).toBe(bps[0]);
});

test('what was sent to where the client is no longer says nothing of where it is', () => {
  const path = new SimulatedLink({ bps: 3_000_000 });
  path.run(10_000);
  path.link.loss = 1;
  path.run(1000);
  path.link.loss = 0;
  path.estimator.pathChanged();
  expect(range(path, 5000).lowest).toBeGreaterThan(2_000_000);
});
