/** Louder than this somebody speaks, in -dBov (RFC 6464): a calm voice has 30 to 40, a room's noise 55 and more. */
const STARTS_AT_DBOV = 42;

/** Whoever speaks goes on down to this. */
const GOES_ON_TO_DBOV = 48;

/** A click or a cough is shorter. */
const MIN_SPEECH_MS = 150;

/** A pause between two words ends nothing. */
const HOLD_MS = 800;

/** How fast the loudness by which speakers are put in order follows. */
const SMOOTHING_MS = 400;

/** Whoever is behind comes before somebody else when so much louder, so that equals do not change places. */
const OVERTAKES_BY = 2;

export interface Speaker {
  readonly identity: string;
  /** Amplitude, from 0 to 1. */
  readonly level: number;
}

interface Voice {
  /** When it became loud; absent while it is not. */
  loudSinceMs: number | undefined;
  loudMs: number;
  speaking: boolean;
  level: number;
}

/** Tells who speaks, from how loud everybody is now and then. */
export class ActiveSpeakers {
  readonly #voices = new Map<string, Voice>();
  #order: readonly string[] = [];
  #updatedMs: number | undefined;

  /** Who speaks, loudest first. */
  get speakers(): Speaker[] {
    return this.#order.map((identity) => ({ identity, level: round(this.#voices.get(identity)!.level) }));
  }

  /**
   * Takes how loud each participant is, as RFC 6464 has it: from 0, the loudest, to 127, silence; whoever is not named
   * is silent. Tells whether others speak than before, or in another order.
   */
  update(levels: ReadonlyMap<string, number>, nowMs: number): boolean {
    const share = 1 - Math.exp(-(nowMs - (this.#updatedMs ?? nowMs)) / SMOOTHING_MS);
    this.#updatedMs = nowMs;
    for (const identity of levels.keys()) this.#voices.set(identity, this.#voices.get(identity) ?? newVoice());
    for (const [identity, voice] of this.#voices) {
      follow(voice, levels.get(identity) ?? 127, share, nowMs);
      if (!voice.speaking && voice.level < 0.0001 && !levels.has(identity)) this.#voices.delete(identity);
    }
    const order = this.#sort();
    const changed = order.length !== this.#order.length || order.some((identity, at) => identity !== this.#order[at]);
    this.#order = order;
    return changed;
  }

  /** Those who speak: who did before in their order, the others behind, then whoever is clearly louder goes ahead. */
  #sort(): string[] {
    const speaks = (identity: string): boolean => this.#voices.get(identity)?.speaking ?? false;
    const before = this.#order.filter(speaks);
    const fresh = [...this.#voices.keys()].filter((identity) => speaks(identity) && !before.includes(identity));
    const level = (identity: string): number => this.#voices.get(identity)!.level;
    const order = [...before, ...fresh.toSorted((a, b) => level(b) - level(a))];
    for (let end = 1; end < order.length; end += 1) {
      for (let at = end; at > 0 && level(order[at]!) > level(order[at - 1]!) * OVERTAKES_BY; at -= 1) {
        [order[at - 1], order[at]] = [order[at]!, order[at - 1]!];
      }
    }
    return order;
  }
}

function newVoice(): Voice {
  return { loudSinceMs: undefined, loudMs: -Infinity, speaking: false, level: 0 };
}

function follow(voice: Voice, dbov: number, share: number, nowMs: number): void {
  const amplitude = dbov >= 127 ? 0 : 10 ** (-dbov / 20);
  voice.level += (amplitude - voice.level) * share;
  if (dbov <= (voice.speaking ? GOES_ON_TO_DBOV : STARTS_AT_DBOV)) {
    voice.loudSinceMs ??= nowMs;
    voice.loudMs = nowMs;
    if (nowMs - voice.loudSinceMs >= MIN_SPEECH_MS) voice.speaking = true;
    return;
  }
  voice.loudSinceMs = undefined;
  if (nowMs - voice.loudMs > HOLD_MS) voice.speaking = false;
}

function round(level: number): number {
  return Math.round(Math.min(1, level) * 1000) / 1000;
}
