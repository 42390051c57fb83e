import { expect, test } from 'vitest';
import { simulcastLayers } from './simulcast-layers.ts';

test('a large picture is sent in three sizes, a small one as it is', () => {
  expect(simulcastLayers({ width: 1280, height: 720 })).toEqual([
    { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 170_000 },
    { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 540_000 },
    { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1_750_000 },
  ]);
  expect(simulcastLayers({ width: 640, height: 480 })).toEqual([{ maxBitrate: 690_000 }]);
});
