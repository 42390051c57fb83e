import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { picture, tracks } from '../hls/program.fixture.ts';
import type { ProgramSample } from '../program/messages.ts';
import { Fragmenter } from './fragmenter.ts';
import { repair } from './repair.ts';

/** The AAC frame of this number, 46.875 a second. */
const sound = (number: number): ProgramSample => ({
  decodeTime: number * 1024,
  keyframe: true,
  data: Uint8Array.of(number & 0xff, 1),
});

/** What a file would hold. */
function recorded(fragmenter: Fragmenter, feed: (add: (bytes: Uint8Array | undefined) => void) => void): Buffer[] {
  const pieces: Buffer[] = [Buffer.from(fragmenter.init)];
  const add = (bytes: Uint8Array | undefined): void => void (bytes && pieces.push(Buffer.from(bytes)));
  feed(add);
  add(fragmenter.end());
  return pieces;
}

async function measured(pieces: readonly Buffer[]) {
  const folder = await mkdtemp(join(tmpdir(), 'muon-fragmenter-'));
  try {
    const file = join(folder, 'a.mp4');
    await writeFile(file, Buffer.concat(pieces));
    return await repair(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a fragment is cut each second', async () => {
  const fragmenter = new Fragmenter(tracks);
  const cutAt: number[] = [];
  const all = recorded(fragmenter, (add) => {
    for (let number = 0; number < 75; number += 1) {
      const bytes = fragmenter.video(picture(number));
      if (bytes) cutAt.push(number);
      add(bytes);
    }
  });
  expect(cutAt).toEqual([15, 30, 45, 60]);
  expect(await measured(all)).toMatchObject({ durationSeconds: 5 });
});

test('the file begins at 0 with the first keyframe, whenever that was, and the sound beside it', async () => {
  const fragmenter = new Fragmenter(tracks);
  const pieces = recorded(fragmenter, (add) => {
    for (let number = 3015; number < 3060; number += 1) {
      add(fragmenter.audio(sound(Math.round(number * 3.125))));
      add(fragmenter.video(picture(number)));
    }
  });
  expect(await measured(pieces)).toMatchObject({ durationSeconds: 2 });
  const text = Buffer.concat(pieces);
  const first = text.subarray(text.indexOf('tfdt'));
  expect(first.readBigUInt64BE(8)).toBe(0n);
});

test('a program that begins again goes on in the same file, also when its clock was set back', async () => {
  const fragmenter = new Fragmenter(tracks);
  const pieces = recorded(fragmenter, (add) => {
    for (let number = 600; number < 630; number += 1) add(fragmenter.video(picture(number)));
    expect(fragmenter.fits(tracks)).toBe(true);
    fragmenter.resume();
    add(fragmenter.video(picture(31)));
    for (let number = 60; number < 90; number += 1) add(fragmenter.video(picture(number)));
  });
  expect(await measured(pieces)).toMatchObject({ durationSeconds: 4 });
  expect(fragmenter.fits({ ...tracks, video: { ...tracks.video, width: 320 } })).toBe(false);
});

test('whatever comes, each piece is whole and time only goes forward', async () => {
  const sample = fc.record({
    decodeTime: fc.oneof(
      fc.integer({ min: 0, max: 900_000 }),
      fc.constantFrom(-1, NaN, Infinity, 0.5, 2 ** 53, Number.MAX_SAFE_INTEGER),
    ),
    keyframe: fc.boolean(),
    data: fc.uint8Array({ maxLength: 20 }),
  });
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ what: fc.constant('video' as const), sample }) },
    { weight: 6, arbitrary: fc.record({ what: fc.constant('audio' as const), sample }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('resume' as const), sample }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const fragmenter = new Fragmenter(tracks);
      const pieces = recorded(fragmenter, (add) => {
        for (const { what, sample: each } of steps) {
          if (what === 'resume') fragmenter.resume();
          else add(fragmenter[what](each));
        }
      });
      let last = -1n;
      for (const piece of pieces.slice(1)) {
        expect(piece.readUInt32BE(0) + piece.readUInt32BE(piece.readUInt32BE(0))).toBe(piece.length);
        const video = piece.indexOf(Buffer.from([0x74, 0x66, 0x68, 0x64, 0, 2, 0, 0, 0, 0, 0, 1]));
        if (video < 0) continue;
        const time = piece.readBigUInt64BE(piece.indexOf('tfdt', video) + 8);
        expect(time).toBeGreaterThan(last);
        last = time;
      }
      const size = pieces.reduce((sum, { length }) => sum + length, 0);
      const found = await measured(pieces);
      if (last >= 0n) expect(found).toMatchObject({ sizeBytes: size });
    }),
    { numRuns: 200 },
  );
});

test('sound without pictures, and pictures without end, take little memory', () => {
  const fragmenter = new Fragmenter(tracks);
  fragmenter.video(picture(0));
  let held = 0;
  let most = 0;
  for (let number = 1; number < 5000; number += 1) {
    held = fragmenter.audio(sound(number)) ? 0 : held + 1;
    most = Math.max(most, held);
  }
  expect(most).toBeLessThanOrEqual(1001);
  const large = { keyframe: false, data: new Uint8Array(1024 * 1024) };
  const cuts = Array.from({ length: 40 }, (_, tick) => fragmenter.video({ ...large, decodeTime: 1 + tick }));
  expect(cuts.filter(Boolean).length).toBeGreaterThanOrEqual(3);
});
