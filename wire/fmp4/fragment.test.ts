import { expect, test } from 'vitest';
import { box, u32 } from './box.ts';
import { fragment } from './fragment.ts';
import { initSegment } from './init.ts';

interface Box {
  readonly type: string;
  readonly start: number;
  readonly body: Uint8Array;
}

/** The boxes in `bytes`, one level deep. */
function boxes(bytes: Uint8Array): Box[] {
  const found: Box[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let start = 0; start < bytes.length; start += view.getUint32(start)) {
    const type = new TextDecoder().decode(bytes.subarray(start + 4, start + 8));
    found.push({ type, start, body: bytes.subarray(start + 8, start + view.getUint32(start)) });
  }
  return found;
}

function find(bytes: Uint8Array, ...path: readonly string[]): Uint8Array {
  return path.reduce((body, type) => boxes(body).find((each) => each.type === type)!.body, bytes);
}

const video = { width: 640, height: 360, avcConfig: Uint8Array.of(1, 100, 0, 22) };
const audio = { sampleRate: 48_000, channels: 2, bitrateBps: 96_000, audioSpecificConfig: Uint8Array.of(0x11, 0x90) };

test('a box tells its size and type before its body', () => {
  expect(box('free', u32(7))).toEqual(Uint8Array.of(0, 0, 0, 12, 0x66, 0x72, 0x65, 0x65, 0, 0, 0, 7));
});

test('an initialization segment describes both tracks', () => {
  const moov = find(initSegment(video, audio), 'moov');
  expect(boxes(moov).map(({ type }) => type)).toEqual(['mvhd', 'trak', 'trak', 'mvex']);
  const [first, second] = boxes(moov).filter(({ type }) => type === 'trak');
  const entryOf = (trak: Box): Box => boxes(find(trak.body, 'mdia', 'minf', 'stbl', 'stsd').subarray(8))[0]!;
  const avc1 = entryOf(first!);
  expect(avc1.type).toBe('avc1');
  expect(find(avc1.body.subarray(78), 'avcC')).toEqual(video.avcConfig);
  const mp4a = entryOf(second!);
  expect(mp4a.type).toBe('mp4a');
  expect(Buffer.from(find(mp4a.body.subarray(28), 'esds')).includes(Buffer.from(audio.audioSpecificConfig))).toBe(true);
});

test('a fragment says where each run of samples lies in its mdat', () => {
  const picture = { data: Uint8Array.of(1, 2, 3), duration: 3000, keyframe: true };
  const next = { data: Uint8Array.of(4), duration: 3000, keyframe: false };
  const sound = { data: Uint8Array.of(9, 9), duration: 1024, keyframe: true };
  const bytes = fragment(5, [
    { trackId: 1, decodeTime: 2 ** 33, samples: [picture, next] },
    { trackId: 2, decodeTime: 48_000, samples: [sound] },
  ]);
  const [moof, mdat] = boxes(bytes);
  expect(mdat!.body).toEqual(Uint8Array.of(1, 2, 3, 4, 9, 9));
  const trafs = boxes(moof!.body).filter(({ type }) => type === 'traf');
  const offsets = trafs.map(({ body }) => new DataView(find(body, 'trun').slice().buffer).getUint32(8));
  expect(offsets).toEqual([mdat!.start + 8, mdat!.start + 12]);
  const decodeTime = new DataView(find(trafs[0]!.body, 'tfdt').slice().buffer).getBigUint64(4);
  expect(decodeTime).toBe(2n ** 33n);
});

test('a run without samples is left out', () => {
  const bytes = fragment(1, [{ trackId: 2, decodeTime: 0, samples: [] }]);
  expect(boxes(boxes(bytes)[0]!.body).map(({ type }) => type)).toEqual(['mfhd']);
});
