import { createHash } from 'node:crypto';
import type { OnceRequest } from '../domain/once.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Context } from './context.ts';

export interface OnceOptions {
  /** Who asks: the id of an API key. */
  readonly owner: string;
  readonly idempotencyKey: string;
  /** Method, path and body. */
  readonly request: readonly string[];
}

/**
 * Does `run` unless it was done for the same key before; then gives its answer again. What was refused or failed changed
 * nothing, so that it is forgotten and may be sent again under the same key.
 *
 * @throws Refusal `request-in-flight` while another is at it, `idempotency-key-reused` for another request.
 */
export async function once(
  { store, seal, clock }: Pick<Context, 'store' | 'seal' | 'clock'>,
  { owner, idempotencyKey, request }: OnceOptions,
  run: () => Promise<string>,
): Promise<{ readonly answer: string; readonly replayed: boolean }> {
  const wanted: OnceRequest = { id: digestOf([owner, idempotencyKey]), fingerprint: digestOf(request) };
  const begunAtMs = clock();
  const earlier = await store.once.begin(wanted, begunAtMs);
  if (earlier !== 'begun') {
    if (earlier.fingerprint !== wanted.fingerprint)
      throw new Refusal('idempotency-key-reused', 'This key was sent with another request before.');
    if (earlier.answer === undefined)
      throw new Refusal('request-in-flight', 'The first request with this key is not answered yet.');
    return { answer: seal.open(wanted.id, earlier.answer), replayed: true };
  }
  try {
    const answer = await run();
    // An answer may hold a secret that is kept nowhere else in the clear.
    await store.once.complete(wanted, seal.close(wanted.id, answer), begunAtMs);
    return { answer, replayed: false };
  } catch (error) {
    await store.once.forget(wanted, begunAtMs);
    throw error;
  }
}

/** Its parts cannot run into one another. */
function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
