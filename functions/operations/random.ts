import { type IdKind, toId } from '@muon/contract/id.ts';

/** Gives so many unpredictable bytes. */
export type RandomBytes = (count: number) => Uint8Array;

export function newId(kind: IdKind, random: RandomBytes): string {
  return toId(kind, random(16));
}

/** Text that nobody guesses, as it fits into a URL. */
export function newSecret(random: RandomBytes): string {
  return Buffer.from(random(24)).toString('base64url');
}

/** From 0 to 1, without 1. */
export function fraction(random: RandomBytes): number {
  return Buffer.from(random(4)).readUInt32BE() / 2 ** 32;
}
