import type { Store } from '../domain/store.ts';
import type { CursorSeal } from './cursor.ts';
import type { Fleet } from './fleet.ts';
import type { KeyRing } from './key-ring.ts';
import type { NodeClient } from './node-client.ts';
import type { RandomBytes } from './random.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Seal } from './seal.ts';
import type { Signer } from './signer.ts';
import type { TurnServers } from './turn.ts';

/** What is wrong with an address as a webhook's; undefined when nothing is. */
export type CheckTarget = (url: string) => string | undefined;

/** All that an operation needs of the world. */
export interface Context {
  readonly store: Store;
  readonly fleet: Fleet;
  readonly keyRing: KeyRing;
  readonly signer: Signer;
  readonly nodeClient: NodeClient;
  readonly cursors: CursorSeal;
  /** Keeps answers to requests that may be sent again. */
  readonly seal: Seal;
  /** Of each API key and each join token. */
  readonly limits: { readonly key: RateLimit; readonly join: RateLimit };
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly random: RandomBytes;
  readonly heartbeatIntervalMs: number;
  /** How long a gateway may wait for something new; 0: not at all. */
  readonly longPollMs: number;
  readonly turn: TurnServers;
  readonly checkTarget: CheckTarget;
  /** Where what an operator has to look at is written. */
  readonly log: { error(fields: Readonly<Record<string, unknown>>, message: string): void };
}

/** What changes that nobody asked for need: they are done without keys and signatures. */
export type Books = Pick<Context, 'store' | 'clock'>;

/** The moment as the API shows it. */
export function timestampOf(clock: () => number): string {
  return new Date(clock()).toISOString();
}
