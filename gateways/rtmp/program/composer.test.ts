import { expect, test } from 'vitest';
import { Canvas } from './canvas.ts';
import { Composer } from './composer.ts';

const WIDTH = 320;
const HEIGHT = 180;

/** Whether something other than the background is seen at a point. */
function isTile(canvas: Canvas, x: number, y: number): boolean {
  return canvas.bytes[y * WIDTH + x] !== 24;
}

test('a program is laid out anew while it runs', () => {
  const canvas = new Canvas(WIDTH, HEIGHT);
  const composer = new Composer(canvas, 'grid');
  composer.arrange([{ identity: 'a' }, { identity: 'b' }]);
  composer.compose(new Map(), 0);
  expect([isTile(canvas, 10, 10), isTile(canvas, 310, 10)]).toEqual([true, true]);
  composer.setLayout('focus');
  composer.compose(new Map(), 0);
  // One is large; above the other, in the middle of its column, is nothing.
  expect([isTile(canvas, 230, 10), isTile(canvas, 310, 10), isTile(canvas, 310, 90)]).toEqual([true, false, true]);
  composer.setLayout('grid');
  composer.compose(new Map(), 0);
  expect(isTile(canvas, 310, 10)).toBe(true);
});

test('a screen that is shared is the large one', () => {
  const canvas = new Canvas(WIDTH, HEIGHT);
  const composer = new Composer(canvas, 'focus');
  const colourAt = (x: number, y: number) => canvas.bytes[y * WIDTH + x];
  composer.arrange([{ identity: 'a' }, { identity: 'c', screen: true }]);
  composer.compose(new Map(), 0);
  const [large, small] = [colourAt(10, 90), colourAt(310, 90)];
  composer.arrange([{ identity: 'c' }, { identity: 'a' }]);
  composer.compose(new Map(), 0);
  expect([colourAt(10, 90), colourAt(310, 90)]).toEqual([large, small]);
  expect(large).not.toBe(small);
});
