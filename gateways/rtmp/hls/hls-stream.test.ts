import { expect, test } from 'vitest';
import { HlsStream } from './hls-stream.ts';
import { picture, tracks } from './program.fixture.ts';

const EPOCH_MS = 100_000;
const FIRST = EPOCH_MS / 1000;
const never = new AbortController().signal;

function stream(pictures: number): HlsStream {
  const live = new HlsStream(EPOCH_MS);
  live.open(tracks);
  for (let number = 0; number <= pictures; number += 1) live.video(picture(number));
  return live;
}

function reload(live: HlsStream, query: string, signal = never) {
  return live.answer('live.m3u8', new URLSearchParams(query), signal);
}

test('a reload is held until the part that it asks for is there', async () => {
  const live = stream(36);
  const held = reload(live, `_HLS_msn=${FIRST + 1}&_HLS_part=1`);
  expect(live.waiting).toBe(1);
  for (let number = 37; number <= 41; number += 1) live.video(picture(number));
  const answer = await held;
  expect(answer).toMatchObject({
    type: 'playlist',
    text: expect.stringContaining(`URI="p${FIRST + 1}.1.m4s"`) as string,
  });
  expect(live.waiting).toBe(0);
});

test('a reload that asks for a whole segment waits for its end', async () => {
  const live = stream(36);
  const held = reload(live, `_HLS_msn=${FIRST + 1}`);
  for (let number = 37; number <= 60; number += 1) live.video(picture(number));
  expect(await held).toMatchObject({ text: expect.stringContaining(`s${FIRST + 1}.m4s`) as string });
});

test('a part beyond the end of its segment stands for the next segment', async () => {
  const live = stream(61);
  expect(await reload(live, `_HLS_msn=${FIRST + 1}&_HLS_part=30`)).toMatchObject({ type: 'playlist' });
});

test.each([
  '_HLS_msn=-1',
  '_HLS_msn=abc',
  '_HLS_msn=1e5',
  '_HLS_part=1',
  `_HLS_msn=${FIRST + 9}`,
  '_HLS_msn=',
  `_HLS_msn=${'9'.repeat(20)}`,
])('a reload with %s is refused', async (query) => {
  expect(await reload(stream(36), query)).toMatchObject({ type: 'bad-request' });
});

test('a player that goes away is not waited for', async () => {
  const live = stream(36);
  const gone = new AbortController();
  const held = reload(live, `_HLS_msn=${FIRST + 1}&_HLS_part=5`, gone.signal);
  gone.abort();
  expect(await held).toEqual({ type: 'try-later' });
  expect(live.waiting).toBe(0);
});

test('the end of the program answers whoever waits', async () => {
  const live = stream(36);
  const held = reload(live, `_HLS_msn=${FIRST + 2}`);
  live.end();
  expect(await held).toMatchObject({ text: expect.stringContaining('#EXT-X-ENDLIST') as string });
});

test('a segment is made of the bytes of its parts', async () => {
  const live = stream(36);
  const parts = await Promise.all(
    [0, 1, 2, 3, 4, 5].map((i) => live.answer(`p${FIRST}.${i}.m4s`, new URLSearchParams(), never)),
  );
  const segment = await live.answer(`s${FIRST}.m4s`, new URLSearchParams(), never);
  const bytes = parts.map((part) => (part.type === 'media' ? part.bytes : new Uint8Array()));
  expect(segment).toEqual({ type: 'media', bytes: new Uint8Array(Buffer.concat(bytes)) });
});

test('the part that was hinted at may be asked for before it is there', async () => {
  const live = stream(36);
  const held = live.answer(`p${FIRST + 1}.1.m4s`, new URLSearchParams(), never);
  for (let number = 37; number <= 41; number += 1) live.video(picture(number));
  expect(await held).toMatchObject({ type: 'media' });
});

test.each(['s1.m4s', `s${FIRST + 1}.m4s`, 'p1.0.m4s', `p${FIRST + 5}.0.m4s`, 'init-9.mp4', 'other', '..', ''])(
  'there is no file %s',
  async (file) => {
    expect(await stream(36).answer(file, new URLSearchParams(), never)).toEqual({ type: 'not-found' });
  },
);
