/** Below this the microphone of a quiet room moves too: about -34 dB. */
const SPEAKING_LEVEL = 0.02;

/** A pause between two words ends nothing. */
const HOLD_MS = 800;

/** What of an entry of getStats tells how loud a track is; Chromium, Firefox and Safari alike. */
interface AudioStats {
  readonly type: string;
  readonly kind?: string;
  readonly audioLevel?: number;
  readonly trackIdentifier?: string;
}

/** How loud each audio track is, from 0 to 1, by its MediaStreamTrack id: received ones, and own ones that are sent. */
export function audioLevels(stats: Iterable<AudioStats>): Map<string, number> {
  const levels = new Map<string, number>();
  for (const { type, kind, audioLevel, trackIdentifier } of stats) {
    if (kind !== 'audio' || audioLevel === undefined || trackIdentifier === undefined) continue;
    if (type === 'inbound-rtp' || type === 'media-source') levels.set(trackIdentifier, audioLevel);
  }
  return levels;
}

/** Tells who speaks from how loud they are: at once when they begin, a moment after they have stopped. */
export class Speakers {
  readonly #heardMs = new Map<string, number>();

  /** Who speaks now, loudest first. */
  update(levels: ReadonlyMap<string, number>, nowMs: number): string[] {
    for (const [identity, level] of levels) if (level >= SPEAKING_LEVEL) this.#heardMs.set(identity, nowMs);
    for (const [identity, heardMs] of this.#heardMs) {
      if (nowMs - heardMs > HOLD_MS || !levels.has(identity)) this.#heardMs.delete(identity);
    }
    return [...this.#heardMs.keys()].toSorted((a, b) => (levels.get(b) ?? 0) - (levels.get(a) ?? 0));
  }
}
