import { scope } from '@muon/contract/scope.ts';
import * as z from 'zod';
import type { ApiKey, ApiKeyChange } from '../domain/api-key.ts';
import type { Page, PageRequest } from '../domain/page.ts';
import type { ApiKeyStore } from '../domain/store.ts';
import { keys } from './keys.ts';
import { queryPage } from './page.ts';
import { absent, atRevision, type Guard, present, type Table } from './table.ts';

const record = z.object({
  id: z.string(),
  name: z.string().default('first key'),
  sha256: z.string(),
  previous: z.object({ sha256: z.string(), untilMs: z.number() }).optional(),
  scopes: z.array(scope),
  createdAt: z.string(),
  lastUsedAt: z.string().optional(),
  revision: z.int().default(1),
});

export class DynamoApiKeys implements ApiKeyStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async create(key: ApiKey): Promise<'created' | 'exists'> {
    return (await this.#put(key, absent)) ? 'created' : 'exists';
  }

  async put(key: ApiKey): Promise<void> {
    await this.#put(key, undefined);
  }

  async get(id: string): Promise<ApiKey | undefined> {
    const item = await this.#table.get(keys.apiKey(id));
    return item && record.parse(item);
  }

  list(page: PageRequest): Promise<Page<ApiKey>> {
    return queryPage(this.#table, { index: 'gsi1', hash: keys.allApiKeys }, page, (item) => record.parse(item));
  }

  async update({ id, revision }: ApiKey, change: ApiKeyChange): Promise<'updated' | 'changed'> {
    const set = Object.entries({ ...change, revision: revision + 1 }).filter(([, value]) => value !== undefined);
    const refused = await this.#table.write({
      key: {
        kind: 'Update',
        key: keys.apiKey(id),
        update: `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`,
        values: Object.fromEntries(set),
        guard: atRevision(revision),
      },
    });
    return refused ? 'changed' : 'updated';
  }

  async delete(id: string): Promise<'deleted' | 'unknown'> {
    const refused = await this.#table.write({ key: { kind: 'Delete', key: keys.apiKey(id), guard: present } });
    return refused ? 'unknown' : 'deleted';
  }

  async touch(id: string, lastUsedAt: string): Promise<void> {
    await this.#table.write({
      key: {
        kind: 'Update',
        key: keys.apiKey(id),
        update: 'SET #lastUsedAt = :lastUsedAt',
        values: { lastUsedAt },
        guard: present,
      },
    });
  }

  async #put(key: ApiKey, guard: Guard | undefined): Promise<boolean> {
    const place = { ...keys.apiKey(key.id), gsi1pk: keys.allApiKeys, gsi1sk: `${key.createdAt}#${key.id}` };
    return !(await this.#table.write({ key: { kind: 'Put', item: { ...place, ...key }, guard } }));
  }
}
