import { join } from '@muon/wire/fmp4/box.ts';
import type { ProgramSample, ProgramTracks } from '../program/messages.ts';
import { SEGMENT_SECONDS } from '../program/pacer.ts';
import { mediaPlaylist, multivariantPlaylist } from './playlist.ts';
import { Segmenter, type Segment } from './segmenter.ts';
import { Waiters } from './waiters.ts';

/** What a file of a stream is answered with. */
export type HlsAnswer =
  | { readonly type: 'playlist'; readonly text: string }
  | { readonly type: 'media'; readonly bytes: Uint8Array }
  | { readonly type: 'not-found' }
  | { readonly type: 'bad-request'; readonly detail: string }
  /** It will be there, but not in time. */
  | { readonly type: 'try-later' };

/** Requests of one stream that are held at a time. */
const MAX_WAITERS = 2000;

/** A blocked reload is given up after three target durations (RFC 8216bis section 6.2.5.2). */
const RELOAD_TIMEOUT_MS = 3 * SEGMENT_SECONDS * 1000;

/** Before the first segment is whole there is nothing to play. */
const START_TIMEOUT_MS = 15_000;

/** Tells the lives of a stream apart; small, since hls.js keeps an array up to the discontinuity sequence and walks it. */
const DISCONTINUITY_SEQUENCES = 1000;

const NOT_FOUND: HlsAnswer = { type: 'not-found' };

/** One program as LL-HLS: what a player asks for, now or as soon as it is there. */
export class HlsStream {
  readonly #epochMs: number;
  readonly #segmenter: Segmenter;
  readonly #waiters = new Waiters(MAX_WAITERS);
  #tracks: ProgramTracks | undefined;
  #ended = false;

  /** @param epochMs when the program's timeline began; also numbers the segments, so that a later life goes on higher. */
  constructor(epochMs: number) {
    this.#epochMs = epochMs;
    const epochSeconds = Math.floor(epochMs / 1000);
    const firstDiscontinuitySequence = epochSeconds % DISCONTINUITY_SEQUENCES;
    this.#segmenter = new Segmenter({ firstMsn: epochSeconds, firstDiscontinuitySequence });
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  open(tracks: ProgramTracks): void {
    this.#tracks = tracks;
    this.#segmenter.open(tracks);
    this.#waiters.wake();
  }

  video(sample: ProgramSample): void {
    if (this.#segmenter.video(sample)) this.#waiters.wake();
  }

  audio(sample: ProgramSample): void {
    this.#segmenter.audio(sample);
  }

  /** Nothing follows; what is there can still be played. */
  end(): void {
    this.#ended = true;
    this.#segmenter.end();
    this.#waiters.wake();
  }

  /** Answers for one file; `signal` aborts when nobody waits for the answer any more. */
  async answer(file: string, query: URLSearchParams, signal: AbortSignal): Promise<HlsAnswer> {
    if (file === 'master.m3u8') return this.#multivariant(signal);
    if (file === 'live.m3u8') return this.#media(query, signal);
    const part = /^p(\d{1,15})\.(\d{1,4})\.m4s$/.exec(file);
    if (part) return this.#part(Number(part[1]), Number(part[2]), signal);
    const segment = /^s(\d{1,15})\.m4s$/.exec(file);
    if (segment) return this.#segment(Number(segment[1]));
    const map = this.#segmenter.segments.find((each) => each.map.name === file)?.map;
    return map ? { type: 'media', bytes: map.bytes } : NOT_FOUND;
  }

  async #multivariant(signal: AbortSignal): Promise<HlsAnswer> {
    const playable = await this.#waiters.wait(() => this.#playable || this.#ended, START_TIMEOUT_MS, signal);
    if (!playable) return { type: 'try-later' };
    return this.#tracks ? { type: 'playlist', text: multivariantPlaylist(this.#tracks) } : NOT_FOUND;
  }

  async #media(query: URLSearchParams, signal: AbortSignal): Promise<HlsAnswer> {
    const [msn, part] = [query.get('_HLS_msn'), query.get('_HLS_part')];
    const fault = this.#faultOf(msn, part);
    if (fault) return { type: 'bad-request', detail: fault };
    const listed = (): boolean =>
      msn === null ? this.#playable : this.#has(Number(msn), part === null ? undefined : Number(part));
    const ready = await this.#waiters.wait(() => this.#ended || listed(), RELOAD_TIMEOUT_MS, signal);
    if (!ready) return { type: 'try-later' };
    const { segments, partTargetSeconds } = this.#segmenter;
    if (segments.length === 0) return NOT_FOUND;
    const text = mediaPlaylist({ segments, partTargetSeconds, epochMs: this.#epochMs, ended: this.#ended });
    return { type: 'playlist', text };
  }

  /** What is wrong with a request for a reload (RFC 8216bis section 6.2.5.2). */
  #faultOf(msn: string | null, part: string | null): string | undefined {
    if ([msn, part].some((value) => value !== null && !/^\d{1,15}$/.test(value))) {
      return '_HLS_msn and _HLS_part are whole numbers.';
    }
    if (msn === null) return part === null ? undefined : '_HLS_part needs _HLS_msn.';
    return Number(msn) > this.#lastMsn + 2 ? '_HLS_msn is too far in the future.' : undefined;
  }

  async #part(msn: number, index: number, signal: AbortSignal): Promise<HlsAnswer> {
    // The next part may be asked for before it is there (EXT-X-PRELOAD-HINT); later ones may not.
    if (msn > this.#lastMsn + 1) return NOT_FOUND;
    const ready = (): boolean => this.#ended || this.#has(msn, index);
    if (!(await this.#waiters.wait(ready, RELOAD_TIMEOUT_MS, signal))) return { type: 'try-later' };
    const part = this.#find(msn)?.parts[index];
    return part ? { type: 'media', bytes: part.bytes } : NOT_FOUND;
  }

  #segment(msn: number): HlsAnswer {
    const segment = this.#find(msn);
    if (!segment?.complete) return NOT_FOUND;
    return { type: 'media', bytes: join(segment.parts.map(({ bytes }) => bytes)) };
  }

  get #playable(): boolean {
    return this.#segmenter.segments.some(({ complete }) => complete);
  }

  get #lastMsn(): number {
    return this.#segmenter.segments.at(-1)?.msn ?? 0;
  }

  /** Whether the playlist holds this segment, or this part of it, or what comes after. */
  #has(msn: number, part: number | undefined): boolean {
    if (msn < this.#lastMsn) return true;
    const segment = this.#find(msn);
    if (!segment) return false;
    return segment.complete || (part !== undefined && part < segment.parts.length);
  }

  #find(msn: number): Segment | undefined {
    return this.#segmenter.segments.find((segment) => segment.msn === msn);
  }
}
