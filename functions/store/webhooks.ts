import { eventPattern } from '@muon/contract/event.ts';
import * as z from 'zod';
import type { Page, PageRequest } from '../domain/page.ts';
import type { WebhookStore } from '../domain/store.ts';
import type { Webhook, WebhookChange } from '../domain/webhook.ts';
import { keys } from './keys.ts';
import { queryPage } from './page.ts';
import { absent, atRevision, present, type Table } from './table.ts';

const record = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(eventPattern),
  enabled: z.boolean(),
  disabledReason: z.string().optional(),
  failingSinceMs: z.number().optional(),
  secret: z.string(),
  previous: z.object({ secret: z.string(), untilMs: z.number() }).optional(),
  createdAt: z.string(),
  revision: z.int(),
});

export class DynamoWebhooks implements WebhookStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async create(webhook: Webhook): Promise<'created' | 'exists'> {
    const place = { gsi1pk: keys.allWebhooks, gsi1sk: `${webhook.createdAt}#${webhook.id}` };
    const item = { ...keys.webhook(webhook.id), ...place, ...webhook };
    const refused = await this.#table.write({ webhook: { kind: 'Put', item, guard: absent } });
    return refused ? 'exists' : 'created';
  }

  async get(id: string): Promise<Webhook | undefined> {
    const item = await this.#table.get(keys.webhook(id));
    return item && record.parse(item);
  }

  async all(): Promise<readonly Webhook[]> {
    const items = await this.#table.query({ hash: keys.webhook('').pk });
    return items.map((item) => record.parse(item));
  }

  list(page: PageRequest): Promise<Page<Webhook>> {
    return queryPage(this.#table, { index: 'gsi1', hash: keys.allWebhooks }, page, (item) => record.parse(item));
  }

  async update({ id, revision }: Webhook, change: WebhookChange): Promise<'updated' | 'changed'> {
    const { url, events, enabled, disabledReason, failingSinceMs, secret, previous } = change;
    const all = { url, events, enabled, disabledReason, failingSinceMs, secret, previous, revision: revision + 1 };
    const set = Object.entries(all).filter(([, value]) => value !== undefined);
    const removed = Object.entries(all).filter(([, value]) => value === undefined);
    const removal = removed.length > 0 ? ` REMOVE ${removed.map(([name]) => `#${name}`).join(', ')}` : '';
    const refused = await this.#table.write({
      webhook: {
        kind: 'Update',
        key: keys.webhook(id),
        update: `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}${removal}`,
        values: Object.fromEntries(set),
        guard: atRevision(revision),
      },
    });
    return refused ? 'changed' : 'updated';
  }

  async delete(id: string): Promise<'deleted' | 'unknown'> {
    const refused = await this.#table.write({ webhook: { kind: 'Delete', key: keys.webhook(id), guard: present } });
    return refused ? 'unknown' : 'deleted';
  }

  async noteFailing(id: string, sinceMs: number | undefined): Promise<void> {
    const update =
      sinceMs === undefined
        ? 'REMOVE #failingSinceMs'
        : 'SET #failingSinceMs = if_not_exists(#failingSinceMs, :sinceMs)';
    const values = sinceMs === undefined ? {} : { sinceMs };
    await this.#table.write({
      webhook: { kind: 'Update', key: keys.webhook(id), update, values, guard: present },
    });
  }
}
