import { IDEMPOTENCY_TTL_SECONDS } from '@muon/contract/idempotency.ts';
import * as z from 'zod';
import { LEASE_MS, type EarlierRequest, type OnceRequest } from '../domain/once.ts';
import type { OnceStore } from '../domain/store.ts';
import { keys } from './keys.ts';
import type { Guard, Table } from './table.ts';

const record = z.object({ fingerprint: z.string(), answer: z.string().optional() });

export class DynamoOnce implements OnceStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async begin({ id, fingerprint }: OnceRequest, nowMs: number): Promise<'begun' | EarlierRequest> {
    const expiresAt = Math.ceil((nowMs + LEASE_MS) / 1000);
    for (;;) {
      const refused = await this.#table.write({
        request: {
          kind: 'Put',
          item: { ...keys.once(id), fingerprint, begunAtMs: nowMs, expiresAt },
          // What has expired is deleted some time later, so that it may still be there.
          guard: {
            condition: 'attribute_not_exists(#pk) OR #expiresAt <= :now',
            values: { now: Math.floor(nowMs / 1000) },
          },
        },
      });
      if (!refused) return 'begun';
      const earlier = await this.#table.get(keys.once(id));
      if (earlier) return { answer: undefined, ...record.parse(earlier) };
    }
  }

  async complete({ id }: OnceRequest, answer: string, begunAtMs: number): Promise<void> {
    const expiresAt = Math.ceil(begunAtMs / 1000) + IDEMPOTENCY_TTL_SECONDS;
    await this.#table.write({
      request: {
        kind: 'Update',
        key: keys.once(id),
        update: 'SET #answer = :answer, #expiresAt = :expiresAt',
        values: { answer, expiresAt },
        guard: begunAt(begunAtMs),
      },
    });
  }

  async forget({ id }: OnceRequest, begunAtMs: number): Promise<void> {
    await this.#table.write({ request: { kind: 'Delete', key: keys.once(id), guard: begunAt(begunAtMs) } });
  }
}

/** Nobody has begun it anew since. */
function begunAt(begunAtMs: number): Guard {
  return { condition: '#begunAtMs = :begunAt', values: { begunAt: begunAtMs } };
}
