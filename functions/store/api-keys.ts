import { scopes } from '@muon/contract/routes.ts';
import * as z from 'zod';
import type { ApiKey } from '../domain/api-key.ts';
import type { ApiKeyStore } from '../domain/store.ts';
import { keys } from './keys.ts';
import type { Table } from './table.ts';

const record = z.object({
  id: z.string(),
  sha256: z.string(),
  scopes: z.array(z.enum(scopes)),
  createdAt: z.string(),
});

export class DynamoApiKeys implements ApiKeyStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(id: string): Promise<ApiKey | undefined> {
    const item = await this.#table.get(keys.apiKey(id));
    return item && record.parse(item);
  }

  async put({ id, sha256, scopes: allowed, createdAt }: ApiKey): Promise<void> {
    await this.#table.write({
      key: {
        kind: 'Update',
        key: keys.apiKey(id),
        update:
          'SET #id = :id, #sha256 = :sha256, #scopes = :scopes, #createdAt = if_not_exists(#createdAt, :createdAt)',
        values: { id, sha256, scopes: allowed, createdAt },
      },
    });
  }
}
