import { avcCodecString } from '@muon/wire/avc/config.ts';
import type { ProgramTracks } from '../program/messages.ts';
import { SEGMENT_SECONDS } from '../program/pacer.ts';
import type { Segment } from './segmenter.ts';

/** How many whole segments a playlist lists; players keep three of them from its end. */
const LISTED_SEGMENTS = 6;

/** Parts are listed near the live edge alone (draft-pantos-hls-rfc8216bis section 4.4.4.9). */
const SEGMENTS_WITH_PARTS = 3;

/** Bit rate of headers and of what the encoder takes beyond its target. */
const OVERHEAD = 1.15;

/** The playlist that a player opens first. */
export function multivariantPlaylist({ video, audio }: ProgramTracks): string {
  const average = video.bitrateBps + audio.bitrateBps;
  return lines(
    '#EXTM3U',
    '#EXT-X-VERSION:9',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    `#EXT-X-STREAM-INF:BANDWIDTH=${Math.ceil(average * OVERHEAD)},AVERAGE-BANDWIDTH=${average},` +
      `RESOLUTION=${video.width}x${video.height},FRAME-RATE=${video.frameRate.toFixed(3)},` +
      `CODECS="${avcCodecString(video.avcConfig)},mp4a.40.2"`,
    'live.m3u8',
  );
}

export interface MediaPlaylist {
  /** Oldest first, at least one. */
  readonly segments: readonly Segment[];
  readonly partTargetSeconds: number;
  /** Wall clock at the start of the program's timeline. */
  readonly epochMs: number;
  readonly ended: boolean;
}

/** The low-latency media playlist (draft-pantos-hls-rfc8216bis): whole segments, and parts as they come. */
export function mediaPlaylist({ segments, partTargetSeconds, epochMs, ended }: MediaPlaylist): string {
  const listed = segments.slice(-LISTED_SEGMENTS - (segments.at(-1)?.complete ? 0 : 1));
  const [first] = listed;
  const last = listed.at(-1);
  return lines(
    '#EXTM3U',
    '#EXT-X-VERSION:9',
    `#EXT-X-TARGETDURATION:${SEGMENT_SECONDS}`,
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${roundedUp(3 * partTargetSeconds)},HOLD-BACK=${3 * SEGMENT_SECONDS}`,
    `#EXT-X-PART-INF:PART-TARGET=${roundedUp(partTargetSeconds)}`,
    `#EXT-X-MEDIA-SEQUENCE:${first?.msn ?? 0}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${first?.discontinuitySequence ?? 0}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
    ...listed.flatMap((segment, i) => [
      ...context(segment, listed[i - 1], epochMs),
      ...(listed.length - i <= SEGMENTS_WITH_PARTS ? parts(segment) : []),
      ...(segment.complete ? [`#EXTINF:${durationSeconds(segment).toFixed(5)},`, `s${segment.msn}.m4s`] : []),
    ]),
    ...(ended ? ['#EXT-X-ENDLIST'] : last ? [preloadHint(last)] : []),
  );
}

/** What is told before a segment when it is new: the break, how to decode, when it happened. */
function context(segment: Segment, previous: Segment | undefined, epochMs: number): string[] {
  const broken = previous && previous.discontinuitySequence !== segment.discontinuitySequence;
  return [
    ...(broken ? ['#EXT-X-DISCONTINUITY'] : []),
    ...(previous?.map === segment.map ? [] : [`#EXT-X-MAP:URI="${segment.map.name}"`]),
    `#EXT-X-PROGRAM-DATE-TIME:${new Date(epochMs + segment.startMs).toISOString()}`,
  ];
}

function parts({ msn, parts: all }: Segment): string[] {
  return all.map(({ durationSeconds: seconds, independent }, i) => {
    const flags = independent ? ',INDEPENDENT=YES' : '';
    return `#EXT-X-PART:DURATION=${seconds.toFixed(5)},URI="${partName(msn, i)}"${flags}`;
  });
}

/** The part that comes next, for a player to ask for in advance. */
function preloadHint(last: Segment): string {
  const name = last.complete ? partName(last.msn + 1, 0) : partName(last.msn, last.parts.length);
  return `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${name}"`;
}

function partName(msn: number, index: number): string {
  return `p${msn}.${index}.m4s`;
}

function durationSeconds(segment: Segment): number {
  return segment.parts.reduce((sum, part) => sum + part.durationSeconds, 0);
}

/** A target that is rounded down would be broken by its own parts. */
function roundedUp(seconds: number): string {
  return (Math.ceil(seconds * 1e5 - 1e-3) / 1e5).toFixed(5);
}

function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
