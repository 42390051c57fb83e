import { createHash } from 'node:crypto';
import type { EarlierRequest, OnceRequest } from '../domain/once.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Context } from './context.ts';
import { newSecret, type RandomBytes } from './random.ts';

export interface OnceOptions {
  /** Who asks: the id of an API key. */
  readonly owner: string;
  readonly idempotencyKey: string;
  /** Method, path and body. */
  readonly request: readonly string[];
}

/**
 * Does `run` unless it was done for the same key before; then gives its answer again. What was refused changed nothing, is
 * forgotten, and may be sent again. What failed may have been done or not (a time-out, a function that ended): it is done
 * again with the same random bytes, so that it makes the same ids and finds what is there already.
 *
 * @throws Refusal `request-in-flight` while another is at it, `idempotency-key-reused` for another request.
 */
export async function once(
  { store, seal, clock, random }: Pick<Context, 'store' | 'seal' | 'clock' | 'random'>,
  { owner, idempotencyKey, request }: OnceOptions,
  run: (random: RandomBytes) => Promise<string>,
): Promise<{ readonly answer: string; readonly replayed: boolean }> {
  const wanted: OnceRequest = { id: digestOf([owner, idempotencyKey]), fingerprint: digestOf(request) };
  const attempt = await store.once.begin(wanted, newSecret(random), clock());
  if ('fingerprint' in attempt) return { answer: seal.open(wanted.id, toAnswer(wanted, attempt)), replayed: true };
  try {
    const answer = await run(seal.bytesFor(attempt.seed));
    // An answer may hold a secret that is kept nowhere else in the clear.
    await store.once.complete(wanted, attempt, seal.close(wanted.id, answer));
    return { answer, replayed: false };
  } catch (error) {
    const undone = error instanceof Refusal && error.status < 500;
    await (undone ? store.once.forget(wanted, attempt) : store.once.release(wanted, attempt));
    throw error;
  }
}

function toAnswer({ fingerprint }: OnceRequest, earlier: EarlierRequest): string {
  if (earlier.fingerprint !== fingerprint)
    throw new Refusal('idempotency-key-reused', 'This key was sent with another request before.');
  if (earlier.answer === undefined)
    throw new Refusal('request-in-flight', 'The first request with this key is not answered yet.');
  return earlier.answer;
}

/** Its parts cannot run into one another. */
function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
