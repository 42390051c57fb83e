import { IDEMPOTENCY_TTL_SECONDS } from '@muon/contract/idempotency.ts';
import * as z from 'zod';
import { type Attempt, LEASE_MS, type EarlierRequest, type OnceRequest } from '../domain/once.ts';
import { readAgain } from '../domain/read-again.ts';
import type { OnceStore } from '../domain/store.ts';
import { keys } from './keys.ts';
import type { Guard, Table } from './table.ts';

const record = z.object({
  fingerprint: z.string(),
  seed: z.string(),
  /** 0: nobody is at it. */
  begunAtMs: z.number(),
  answer: z.string().optional(),
});

export class DynamoOnce implements OnceStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async begin(request: OnceRequest, seed: string, nowMs: number): Promise<Attempt | EarlierRequest> {
    return readAgain(async () => {
      if (await this.#put(request, { begunAtMs: nowMs, seed })) return { begunAtMs: nowMs, seed };
      const item = await this.#table.get(keys.once(request.id));
      if (!item) return undefined;
      const earlier = record.parse(item);
      const { fingerprint, answer, begunAtMs } = earlier;
      const busy = nowMs - begunAtMs < LEASE_MS;
      if (answer !== undefined || busy || fingerprint !== request.fingerprint) return { fingerprint, answer };
      if (await this.#takeOver(request, begunAtMs, nowMs)) return { begunAtMs: nowMs, seed: earlier.seed };
      return undefined;
    });
  }

  async complete({ id }: OnceRequest, { begunAtMs }: Attempt, answer: string): Promise<void> {
    await this.#table.write({
      request: {
        kind: 'Update',
        key: keys.once(id),
        update: 'SET #answer = :answer',
        values: { answer },
        guard: begunAt(begunAtMs),
      },
    });
  }

  async release({ id }: OnceRequest, { begunAtMs }: Attempt): Promise<void> {
    await this.#table.write({
      request: {
        kind: 'Update',
        key: keys.once(id),
        update: 'SET #begunAtMs = :nobody',
        values: { nobody: 0 },
        guard: begunAt(begunAtMs),
      },
    });
  }

  async forget({ id }: OnceRequest, { begunAtMs }: Attempt): Promise<void> {
    await this.#table.write({ request: { kind: 'Delete', key: keys.once(id), guard: begunAt(begunAtMs) } });
  }

  async #put({ id, fingerprint }: OnceRequest, attempt: Attempt): Promise<boolean> {
    const nowSeconds = Math.floor(attempt.begunAtMs / 1000);
    const refused = await this.#table.write({
      request: {
        kind: 'Put',
        item: { ...keys.once(id), fingerprint, ...attempt, expiresAt: nowSeconds + IDEMPOTENCY_TTL_SECONDS },
        // What has expired is deleted some time later, so that it may still be there.
        guard: { condition: 'attribute_not_exists(#pk) OR #expiresAt <= :now', values: { now: nowSeconds } },
      },
    });
    return !refused;
  }

  async #takeOver({ id }: OnceRequest, begunAtMs: number, nowMs: number): Promise<boolean> {
    const refused = await this.#table.write({
      request: {
        kind: 'Update',
        key: keys.once(id),
        update: 'SET #begunAtMs = :now',
        values: { now: nowMs },
        guard: begunAt(begunAtMs),
      },
    });
    return !refused;
  }
}

/** Nobody has begun it anew since. */
function begunAt(begunAtMs: number): Guard {
  return {
    condition: '#begunAtMs = :begunAt AND attribute_not_exists(#answer)',
    values: { begunAt: begunAtMs },
  };
}
