import { seeded } from '@muon/wire/rtp/seq.fixture.ts';
import { describe, expect, test } from 'vitest';
import { allocate, type Demand } from './allocation.ts';
import type { LayerInfo } from './encodings.ts';

/** Three simulcast layers of 150, 500 and 2500 kbit/s. */
const simulcast: LayerInfo[] = [
  { spatial: 0, temporal: 0, bitrateBps: 150_000, width: 320, height: 180 },
  { spatial: 1, temporal: 0, bitrateBps: 500_000, width: 640, height: 360 },
  { spatial: 2, temporal: 0, bitrateBps: 2_500_000, width: 1280, height: 720 },
];

function demand(id: string, options: Partial<Demand> = {}): Demand {
  return { id, layers: simulcast, rank: 0, ...options };
}

/** The spatial layer of each video; `paused` without one. */
function shares(budgetBps: number, demands: readonly Demand[]): Record<string, number | 'paused'> {
  const { layers } = allocate(budgetBps, demands);
  return Object.fromEntries([...layers].map(([id, layer]) => [id, layer?.spatial ?? 'paused']));
}

test('all get the best where there is no limit', () => {
  expect(shares(Infinity, [demand('a'), demand('b')])).toEqual({ a: 2, b: 2 });
});

test('all get the lowest before anybody gets more, then the higher rank, then the others as it fits', () => {
  const demands = [demand('a'), demand('b', { rank: 1 }), demand('c')];
  expect(shares(470_000, demands)).toEqual({ a: 0, b: 0, c: 0 });
  expect(shares(850_000, demands)).toEqual({ a: 0, b: 1, c: 0 });
  expect(shares(1_250_000, demands)).toEqual({ a: 1, b: 1, c: 0 });
  expect(shares(2_850_000, demands)).toEqual({ a: 0, b: 2, c: 0 });
  expect(shares(7_600_000, demands)).toEqual({ a: 2, b: 2, c: 2 });
});

test('what does not fit at all is paused, the lowest rank first', () => {
  const demands = [demand('a'), demand('b', { rank: 2 }), demand('c', { rank: 1 })];
  expect(shares(320_000, demands)).toEqual({ a: 'paused', b: 0, c: 0 });
  expect(shares(100_000, demands)).toEqual({ a: 'paused', b: 'paused', c: 'paused' });
  expect(shares(-50_000, demands)).toEqual({ a: 'paused', b: 'paused', c: 'paused' });
});

describe('wishes limit a video', () => {
  test.each([
    [{ maxLayer: { spatial: 1 } }, 1],
    [{ size: { width: 320, height: 180 } }, 0],
    [{ size: { width: 360, height: 200 } }, 0],
    [{ size: { width: 180, height: 320 } }, 0],
    [{ size: { width: 500, height: 280 } }, 1],
    [{ size: { width: 1920, height: 1080 } }, 2],
    [{ size: { width: 1920, height: 1080 }, maxLayer: { spatial: 0 } }, 0],
  ])('%j to layer %i', (wish, spatial) => {
    expect(shares(Infinity, [demand('a', wish)])).toEqual({ a: spatial });
  });

  test('and by that what is worth probing for', () => {
    const { wantedBps } = allocate(200_000, [demand('a', { maxLayer: { spatial: 1 } }), demand('b')]);
    expect(wantedBps).toBeCloseTo(1.15 * 3_000_000);
  });

  test('a size says nothing where layers do not tell theirs', () => {
    const layers = simulcast.map(({ spatial, temporal, bitrateBps }) => ({ spatial, temporal, bitrateBps }));
    expect(shares(Infinity, [demand('a', { layers, size: { width: 100, height: 100 } })])).toEqual({ a: 2 });
  });
});

test('a larger picture comes with half its frames at least; one that costs no more is taken at once', () => {
  const layers = [0, 1, 2].flatMap((spatial) =>
    [0.4, 0.6, 1].map((part, temporal) => ({
      spatial,
      temporal,
      bitrateBps: part * [150_000, 500_000, 2_500_000][spatial]!,
    })),
  );
  const layerAt = (budgetBps: number): string => {
    const layer = allocate(budgetBps, [demand('a', { layers })]).layers.get('a')!;
    return `${layer.spatial}/${layer.temporal}`;
  };
  const rates = [60_000, 90_000, 150_000, 200_000, 300_000, 500_000, 1_000_000, 1_500_000, 2_500_000];
  expect(rates.map(layerAt)).toEqual(['0/0', '0/1', '0/2', '0/2', '1/1', '1/2', '1/2', '2/1', '2/2']);
  const dearLow = [{ ...simulcast[0]!, bitrateBps: 600_000 }, ...simulcast.slice(1)];
  expect(allocate(520_000, [demand('a', { layers: dearLow })]).layers.get('a')?.spatial).toBe(1);
});

test('a video of which nothing is known yet is left alone', () => {
  expect(shares(100_000, [demand('a', { layers: [] })])).toEqual({});
});

test('a rate that wanders by a tenth around a step changes the layer once', () => {
  const random = seeded(7);
  for (const around of [150_000, 500_000, 575_000, 2_500_000, 2_875_000]) {
    let current: LayerInfo | undefined;
    let changes = -1;
    for (let i = 0; i < 500; i++) {
      const budgetBps = around * (0.95 + 0.1 * random());
      const { layers } = allocate(budgetBps, [i === 0 ? demand('a') : demand('a', { current })]);
      const next = layers.get('a');
      if (i === 0 || next !== current) changes++;
      current = next;
    }
    expect(changes).toBeLessThanOrEqual(1);
  }
});

test('a larger picture has room for its keyframe, one with more frames needs none', () => {
  const layers = [...simulcast.slice(0, 1), { ...simulcast[0]!, temporal: 1, bitrateBps: 300_000 }, simulcast[1]!];
  const at = (budgetBps: number, current: LayerInfo): string => {
    const layer = allocate(budgetBps, [demand('a', { layers, current })]).layers.get('a')!;
    return `${layer.spatial}/${layer.temporal}`;
  };
  expect(at(350_000, layers[0]!)).toBe('0/1');
  expect(at(700_000, layers[1]!)).toBe('0/1');
  expect(at(880_000, layers[1]!)).toBe('1/0');
});

test('a smaller picture has room for its keyframe, too, but for the smallest', () => {
  const at = (budgetBps: number): number =>
    allocate(budgetBps, [demand('a', { current: simulcast[2] })]).layers.get('a')!.spatial;
  expect(at(2_450_000)).toBe(2);
  expect(at(800_000)).toBe(1);
  expect(at(550_000)).toBe(0);
  expect(at(160_000)).toBe(0);
});

test('a paused video comes back when it fits with something to spare', () => {
  const paused = demand('a', { current: undefined });
  expect(shares(160_000, [paused])).toEqual({ a: 'paused' });
  expect(shares(175_000, [paused])).toEqual({ a: 0 });
});

test('whatever is wanted, no more is shared out than there is, but for what staying tolerates', () => {
  const random = seeded(3);
  for (let run = 0; run < 2000; run++) {
    const demands = Array.from({ length: 1 + Math.floor(random() * 12) }, (_, index) => {
      const layers = simulcast
        .slice(0, 1 + Math.floor(random() * 3))
        .map((layer) => ({ ...layer, bitrateBps: Math.round(layer.bitrateBps * (0.3 + random())) }));
      const known = random() < 0.5 ? {} : { current: layers[Math.floor(random() * 4)] };
      return demand(String(index), { layers, rank: Math.floor(random() * 3), ...known });
    });
    const budgetBps = random() * 8_000_000;
    const spent = [...allocate(budgetBps, demands).layers.values()].reduce(
      (sum, one) => sum + (one?.bitrateBps ?? 0),
      0,
    );
    expect(spent).toBeLessThanOrEqual(budgetBps / 0.95 + 1);
  }
});
