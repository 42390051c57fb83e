import { type Answered, World } from '../http/world.fixture.ts';
import type { Fault } from '../store/store.fixture.ts';

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A control plane whose database fails often, once it is told to. */
export async function openTroubled(seed: number): Promise<{ world: World; trouble: { on: boolean } }> {
  const random = seeded(seed);
  const trouble = { on: false };
  const faultOf = (operation: string): Fault => {
    const dice = trouble.on ? random() : 1;
    if (dice < 0.04) return 'throttled';
    if (dice < 0.08) return 'part-throttled';
    if (dice < 0.12) return 'request-lost';
    if (dice < 0.18) return 'answer-lost';
    // Reads meet nobody.
    return dice < 0.26 && !/^(?:GetItem|Query)$/.test(operation) ? 'conflict' : undefined;
  };
  return { world: await World.open({ faultOf }), trouble };
}

/** Sends a request as a careful back end does: with one key, until it is answered for good. */
export async function persist<Body>(world: World, path: string, body: object, key: string): Promise<Answered<Body>> {
  for (;;) {
    const headers = { 'idempotency-key': key };
    const answered = await world.call<Body>(path, { method: 'POST', body, headers });
    if (answered.status < 500 && (answered.body as { code?: string }).code !== 'request-in-flight') return answered;
    // The lease of a first try that ended without a word.
    world.nowMs += 61_000;
  }
}

/** Repeats at once, since nodes and gateways would count as dead if time went by; gives up after some tries. */
export async function persistWithin(
  world: World,
  path: string,
  body: object,
  key: string,
): Promise<string | undefined> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const call = { method: 'POST', body, headers: { 'idempotency-key': key } };
    const answered = await world.call<{ readonly id: string }>(path, call);
    if (answered.status === 201) return answered.body.id;
  }
  return undefined;
}

/** Sends again what may be done twice, until the control plane does not say to come later. */
export async function until<Body>(send: () => Promise<Answered<Body>>): Promise<Answered<Body>> {
  for (;;) {
    const answered = await send();
    if (answered.status !== 503) return answered;
  }
}
