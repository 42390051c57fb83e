import { expect, test } from 'vitest';
import { Canvas } from './canvas.ts';

test('a tile is painted in all three planes, and nothing beside it', () => {
  const canvas = new Canvas(4, 4);
  canvas.paint({ x: 2, y: 0, width: 2, height: 2 }, [1, 2, 3]);
  expect([...canvas.bytes]).toEqual([0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0]);
});

test('a picture is copied row by row, without what pads its rows', () => {
  const canvas = new Canvas(4, 4);
  const planes = [
    { bytes: Uint8Array.of(1, 2, 99, 3, 4, 99), stride: 3 },
    { bytes: Uint8Array.of(5, 99), stride: 2 },
    { bytes: Uint8Array.of(6, 99), stride: 2 },
  ] as const;
  canvas.draw({ x: 0, y: 2, width: 2, height: 2 }, { width: 2, height: 2, planes });
  expect([...canvas.bytes]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 5, 0, 0, 0, 6, 0]);
});
