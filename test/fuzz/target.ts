import { seeded } from '@muon/wire/rtp/seq.fixture.ts';
import { mutate } from './mutate.ts';

/** Something that takes bytes of strangers. */
export interface Target {
  readonly name: string;
  /** What its peers send when they mean well. */
  readonly corpus: readonly Uint8Array[];
  /** Takes one input; throws a refusal when it does not fit. */
  readonly take: (input: Uint8Array) => void;
}

/** How a target took its inputs. */
export interface Tally {
  taken: number;
  refused: number;
}

/**
 * Gives a target so many inputs, the same for the same seed.
 *
 * @throws Error with the input in it, when the target throws anything but a refusal.
 */
export function fuzz({ name, corpus, take }: Target, count: number, seed: number): Tally {
  const random = seeded(seed);
  const tally: Tally = { taken: 0, refused: 0 };
  for (let at = 0; at < count; at++) {
    const input = mutate(corpus, random);
    const copy = Buffer.from(input).toString('hex');
    try {
      take(input);
      tally.taken++;
    } catch (error) {
      if (!isRefusal(error)) throw new Error(`${name}, input ${at} of seed ${seed}: ${copy}`, { cause: error });
      tally.refused++;
    }
  }
  return tally;
}

/** What a decoder may throw: it says that the peer broke a rule, and whoever called it expects that. */
const refusals = new Set(['ProtocolError', 'NegotiationError', 'RpcError']);

function isRefusal(error: unknown): boolean {
  return error instanceof Error && refusals.has(error.constructor.name);
}
