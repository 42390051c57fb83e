import { registerGatewayBody, type RegisterGatewayBody } from '@muon/contract/internal.ts';
import * as z from 'zod';
import type { Gateway, GatewayKind } from '../domain/gateway.ts';
import type { GatewayStore } from '../domain/store.ts';
import { keys } from './keys.ts';
import { listAll } from './live.ts';
import { goneAndEmpty, present, type Table } from './table.ts';

const record = z.object({
  ...registerGatewayBody.shape,
  reserved: z.number(),
  assignmentVersion: z.number().default(0),
  heartbeatAtMs: z.number(),
  cordonedAtMs: z.number().optional(),
});

export class DynamoGateways implements GatewayStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** What is assigned stays: a gateway that starts again runs its programs again. */
  async register(body: RegisterGatewayBody, nowMs: number): Promise<'registered' | 'outdated'> {
    const { id, generation, region, service, capacity } = body;
    const refused = await this.#table.write({
      gateway: {
        kind: 'Update',
        key: keys.gateway(id),
        update:
          'SET #id = :id, #generation = :generation, #region = :region, #service = :service, #capacity = :capacity, ' +
          '#gsi1pk = :all, #gsi1sk = :id, #heartbeatAtMs = :now, #reserved = if_not_exists(#reserved, :zero)',
        values: { id, generation, region, service, capacity, all: keys.allGateways(service.kind), now: nowMs, zero: 0 },
        guard: { condition: 'attribute_not_exists(#pk) OR #generation <= :generation' },
      },
    });
    return refused ? 'outdated' : 'registered';
  }

  async beat(id: string, generation: number, nowMs: number): Promise<'alive' | 'unknown'> {
    const refused = await this.#table.write({
      gateway: {
        kind: 'Update',
        key: keys.gateway(id),
        update: 'SET #heartbeatAtMs = :now',
        values: { now: nowMs },
        guard: { condition: '#generation = :generation', values: { generation } },
      },
    });
    return refused ? 'unknown' : 'alive';
  }

  async cordon(id: string, nowMs: number): Promise<'cordoned' | 'unknown'> {
    const update = 'SET #cordonedAtMs = :now';
    const refused = await this.#table.write({
      gateway: { kind: 'Update', key: keys.gateway(id), update, values: { now: nowMs }, guard: present },
    });
    return refused ? 'unknown' : 'cordoned';
  }

  async forget({ id, heartbeatAtMs }: Gateway): Promise<'forgotten' | 'needed'> {
    const guard = goneAndEmpty(heartbeatAtMs);
    const refused = await this.#table.write({ gateway: { kind: 'Delete', key: keys.gateway(id), guard } });
    return refused ? 'needed' : 'forgotten';
  }

  async get(id: string): Promise<Gateway | undefined> {
    const item = await this.#table.get(keys.gateway(id));
    return item && record.parse(item);
  }

  listLive(id: string): Promise<void> {
    return listAll(this.#table, id);
  }

  async list(kind: GatewayKind): Promise<readonly Gateway[]> {
    const items = await this.#table.query({ index: 'gsi1', hash: keys.allGateways(kind) });
    return items.map((item) => record.parse(item));
  }
}
