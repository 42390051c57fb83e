import { eventHead } from '@muon/contract/event.ts';
import * as z from 'zod';
import { type Claim, type Delivery, type Line, LOG_MS } from '../domain/delivery.ts';
import { fromTail } from '../domain/event.ts';
import type { Page, PageRequest } from '../domain/page.ts';
import { readAgain } from '../domain/read-again.ts';
import type { DeliveryStore } from '../domain/store.ts';
import { keys } from './keys.ts';
import { queryPage } from './page.ts';
import { absent, type Guard, present, type Table, type Write } from './table.ts';

const record = z.object({
  webhookId: z.string(),
  line: z.string(),
  order: z.string(),
  event: eventHead,
  body: z.string(),
  status: z.enum(['pending', 'succeeded', 'failed']),
  attempts: z.array(
    z.object({
      at: z.string(),
      durationMs: z.number(),
      statusCode: z.number().optional(),
      error: z.string().optional(),
    }),
  ),
  nextAttemptAt: z.string().optional(),
  redeliveryOf: z.string().optional(),
  createdAt: z.string(),
  endedAt: z.string().optional(),
});

const lineRecord = z.object({
  webhookId: z.string(),
  line: z.string(),
  version: z.int(),
  done: z.string().optional(),
  lease: z.string().optional(),
});

/** What nobody ever took from a disabled or deleted webhook's lines goes after so long. */
const MAX_KEPT_SECONDS = 10 * 86_400;

/** How often a write is tried that others at the same line got in the way of. */
const MAX_ATTEMPTS = 8;

/** Deliveries, and the lines that they stand in. A line that has something to send is in the index of its webhook. */
export class DynamoDeliveries implements DeliveryStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async enqueue(delivery: Delivery): Promise<void> {
    const { webhookId, line, order, createdAt } = delivery;
    const nowSeconds = Math.floor(Date.parse(createdAt) / 1000);
    await readAgain(async () => {
      const refused = await this.#table.tryWrite({
        line: {
          kind: 'Update',
          key: keys.deliveryLine(webhookId, line),
          update:
            'SET #gsi1pk = :due, #gsi1sk = if_not_exists(#gsi1sk, :now), #webhookId = :webhookId, #line = :line, ' +
            '#expiresAt = :expiresAt ADD #version :one',
          values: {
            due: keys.dueLinesOf(webhookId),
            now: createdAt,
            webhookId,
            line,
            expiresAt: nowSeconds + MAX_KEPT_SECONDS,
            one: 1,
          },
        },
        delivery: {
          kind: 'Put',
          item: {
            ...keys.delivery(webhookId, line, order),
            gsi1pk: keys.deliveriesOf(webhookId),
            gsi1sk: `${createdAt}#${line}#${order}`,
            ...delivery,
            expiresAt: nowSeconds + MAX_KEPT_SECONDS,
          },
          guard: absent,
        },
      });
      return !refused || (await this.#read(webhookId, line, order)) ? 'enqueued' : undefined;
    });
  }

  async get(webhookId: string, id: string): Promise<Delivery | undefined> {
    const place = fromTail(id);
    return place && this.#read(webhookId, place.line, place.order);
  }

  list(webhookId: string, page: PageRequest): Promise<Page<Delivery>> {
    const query = { index: 'gsi1', hash: keys.deliveriesOf(webhookId) } as const;
    return queryPage(this.#table, query, page, (item) => record.parse(item));
  }

  async due(webhookId: string, nowMs: number, limit: number): Promise<readonly Line[]> {
    const items = await this.#table.query({ index: 'gsi1', hash: keys.dueLinesOf(webhookId), limit });
    const now = new Date(nowMs).toISOString();
    return items.filter((item) => String(item['gsi1sk']) <= now).map(toLine);
  }

  async claim(line: Line, lease: string, untilMs: number): Promise<Claim | undefined> {
    const dueAt = new Date(untilMs).toISOString();
    const refused = await this.#table.tryWrite({
      line: {
        kind: 'Update',
        key: keys.deliveryLine(line.webhookId, line.line),
        update: 'SET #lease = :lease, #gsi1sk = :until',
        values: { lease, until: dueAt },
        guard: { condition: '#gsi1sk = :dueAt', values: { dueAt: line.dueAt } },
      },
    });
    const claim = { ...line, dueAt, lease };
    // Claimed here after all, when an answer was lost and the SDK has tried again.
    return refused ? this.#renewed(claim) : claim;
  }

  async next({ webhookId, line, done }: Claim): Promise<Delivery | undefined> {
    const hash = keys.deliveryLine(webhookId, line).pk;
    let after = done === undefined ? undefined : { ...keys.delivery(webhookId, line, done) };
    for (;;) {
      const [item] = await this.#table.query({ hash, rangePrefix: keys.eventRange, limit: 1, after });
      if (!item) return undefined;
      const delivery = record.parse(item);
      if (delivery.status === 'pending') return delivery;
      after = { ...keys.delivery(webhookId, line, delivery.order) };
    }
  }

  end(claim: Claim, delivery: Delivery, untilMs: number): Promise<Claim | undefined> {
    const until = new Date(untilMs).toISOString();
    return this.#writeUnder(claim, {
      line: {
        kind: 'Update',
        key: keys.deliveryLine(claim.webhookId, claim.line),
        update: 'SET #done = :done, #gsi1sk = :until',
        values: { done: delivery.order, until },
        guard: held(claim),
      },
      delivery: toUpdate(delivery),
    });
  }

  async postpone(claim: Claim, dueMs: number, delivery?: Delivery): Promise<void> {
    await this.#writeUnder(claim, {
      line: {
        kind: 'Update',
        key: keys.deliveryLine(claim.webhookId, claim.line),
        update: 'SET #gsi1sk = :dueAt REMOVE #lease',
        values: { dueAt: new Date(dueMs).toISOString() },
        guard: held(claim),
      },
      delivery: delivery && toUpdate(delivery),
    });
  }

  async leave(claim: Claim): Promise<Claim | undefined> {
    const refused = await this.#table.tryWrite({
      line: {
        kind: 'Update',
        key: keys.deliveryLine(claim.webhookId, claim.line),
        update: 'REMOVE #gsi1pk, #gsi1sk, #lease',
        values: {},
        guard: {
          condition: '#lease = :lease AND #version = :version',
          values: { lease: claim.lease, version: claim.version },
        },
      },
    });
    return refused ? this.#renewed(claim) : undefined;
  }

  /** Writes what the holder of a claim may write; the claim as it is then, undefined when it was lost. */
  async #writeUnder(claim: Claim, writes: Record<'line' | 'delivery', Write | undefined>): Promise<Claim | undefined> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      if (!(await this.#table.tryWrite(writes))) {
        const { done } = (writes.line?.kind === 'Update' ? writes.line.values : {}) as { done?: string };
        return { ...claim, done: done ?? claim.done };
      }
      // Not lost when somebody put something in at the same moment.
      if (!(await this.#renewed(claim))) return undefined;
    }
    return undefined;
  }

  /** The claim as it is now; undefined when it is somebody else's. */
  async #renewed(claim: Claim): Promise<Claim | undefined> {
    const item = await this.#table.get(keys.deliveryLine(claim.webhookId, claim.line));
    if (!item || lineRecord.parse(item).lease !== claim.lease) return undefined;
    return { ...toLine(item), lease: claim.lease };
  }

  async #read(webhookId: string, line: string, order: string): Promise<Delivery | undefined> {
    const item = await this.#table.get(keys.delivery(webhookId, line, order));
    return item && record.parse(item);
  }
}

function held({ lease }: Claim): Guard {
  return { condition: '#lease = :lease', values: { lease } };
}

function toUpdate({ webhookId, line, order, status, attempts, nextAttemptAt, endedAt }: Delivery): Write {
  const set = { status, attempts, ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }) };
  const ended = endedAt === undefined ? {} : { endedAt, expiresAt: Math.floor((Date.parse(endedAt) + LOG_MS) / 1000) };
  const values = { ...set, ...ended };
  const assignments = Object.keys(values).map((name) => `#${name} = :${name}`);
  return {
    kind: 'Update',
    key: keys.delivery(webhookId, line, order),
    update: `SET ${assignments.join(', ')}${nextAttemptAt === undefined ? ' REMOVE #nextAttemptAt' : ''}`,
    values,
    guard: present,
  };
}

function toLine(item: Readonly<Record<string, unknown>>): Line {
  const { webhookId, line, version, done } = lineRecord.parse(item);
  return { webhookId, line, version, done, dueAt: String(item['gsi1sk']) };
}
