import { expect, test } from 'vitest';
import { mediaPlaylist, multivariantPlaylist } from './playlist.ts';
import { picture, tracks } from './program.fixture.ts';
import { Segmenter } from './segmenter.ts';

function segmenter(): Segmenter {
  const created = new Segmenter({ firstMsn: 100, firstDiscontinuitySequence: 7 });
  created.open(tracks);
  return created;
}

function feed(into: Segmenter, from: number, to: number): void {
  for (let number = from; number <= to; number += 1) into.video(picture(number));
}

function playlistOf({ segments, partTargetSeconds }: Segmenter, ended = false): string[] {
  return mediaPlaylist({ segments, partTargetSeconds, epochMs: 0, ended }).trimEnd().split('\n');
}

test('the multivariant playlist says what there is', () => {
  expect(multivariantPlaylist(tracks)).toContain(
    '#EXT-X-STREAM-INF:BANDWIDTH=800400,AVERAGE-BANDWIDTH=696000,RESOLUTION=640x360,FRAME-RATE=15.000,CODECS="avc1.640016,mp4a.40.2"\nlive.m3u8\n',
  );
});

test('a playlist lists whole segments, then parts as they come, then the part that comes next', () => {
  const live = segmenter();
  feed(live, 0, 36);
  expect(playlistOf(live)).toEqual([
    '#EXTM3U',
    '#EXT-X-VERSION:9',
    '#EXT-X-TARGETDURATION:2',
    '#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.00000,HOLD-BACK=6',
    '#EXT-X-PART-INF:PART-TARGET=0.33334',
    '#EXT-X-MEDIA-SEQUENCE:100',
    '#EXT-X-DISCONTINUITY-SEQUENCE:7',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    '#EXT-X-MAP:URI="init-7.mp4"',
    '#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00.000Z',
    '#EXT-X-PART:DURATION=0.33333,URI="p100.0.m4s",INDEPENDENT=YES',
    ...[1, 2, 3, 4, 5].map((i) => `#EXT-X-PART:DURATION=0.33333,URI="p100.${i}.m4s"`),
    '#EXTINF:2.00000,',
    's100.m4s',
    '#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:02.000Z',
    '#EXT-X-PART:DURATION=0.33333,URI="p101.0.m4s",INDEPENDENT=YES',
    '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p101.1.m4s"',
  ]);
});

test('the window moves on, and parts are listed near its end alone', () => {
  const live = segmenter();
  feed(live, 0, 30 * 20);
  const lines = playlistOf(live);
  expect(lines).toContain('#EXT-X-MEDIA-SEQUENCE:114');
  expect(lines.filter((line) => line.startsWith('#EXTINF'))).toHaveLength(6);
  expect(lines.find((line) => line.startsWith('#EXT-X-PART:'))).toContain('p118.0');
  expect(live.segments.length).toBeLessThanOrEqual(11);
});

test('a program that begins again is marked by a discontinuity, which counts once it has left the window', () => {
  const live = segmenter();
  feed(live, 0, 40);
  live.open(tracks);
  feed(live, 60, 100);
  const lines = playlistOf(live);
  const mark = lines.indexOf('#EXT-X-DISCONTINUITY');
  expect(lines[mark + 1]).toBe('#EXT-X-MAP:URI="init-8.mp4"');
  expect(lines).toContain('#EXT-X-DISCONTINUITY-SEQUENCE:7');
  feed(live, 101, 30 * 12);
  expect(playlistOf(live)).toContain('#EXT-X-DISCONTINUITY-SEQUENCE:8');
});

test('no part is longer than its target, even when pictures are late', () => {
  const live = segmenter();
  for (let number = 0; number < 300; number += number % 7 === 3 ? 3 : 1) live.video(picture(number));
  const durations = live.segments.flatMap(({ parts }) => parts.map(({ durationSeconds }) => durationSeconds));
  expect(Math.max(...durations)).toBeLessThanOrEqual(0.33334);
});

test('a program that ended says so, and hints at nothing', () => {
  const live = segmenter();
  feed(live, 0, 40);
  live.end();
  const lines = playlistOf(live, true);
  expect(lines.at(-1)).toBe('#EXT-X-ENDLIST');
  expect(lines.some((line) => line.startsWith('#EXT-X-PRELOAD-HINT'))).toBe(false);
  expect(lines).toContain('#EXTINF:0.73333,');
});

test('pictures before the first keyframe are left out', () => {
  const live = segmenter();
  feed(live, 5, 29);
  expect(live.segments).toEqual([]);
});
