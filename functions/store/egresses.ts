import { egressSchema, encodingSchema, outputSchema } from '@muon/contract/egress.ts';
import * as z from 'zod';
import { addressesAt, isFinal, type Egress, type EgressChange, type EgressFilter } from '../domain/egress.ts';
import type { Gateway, RtmpGateway } from '../domain/gateway.ts';
import type { Page, PageRequest } from '../domain/page.ts';
import type { AdvanceOptions, AssignOptions, EgressStore } from '../domain/store.ts';
import { givenBack, taken } from './gateway-place.ts';
import { keys } from './keys.ts';
import { writeWithEvent } from './outbox.ts';
import { queryFiltered, queryPage } from './page.ts';
import { absent, atRevision, type Guard, present, type Table } from './table.ts';

const record = egressSchema.omit({ outputs: true, encoding: true }).extend({
  encoding: encodingSchema,
  outputs: z.array(outputSchema.pick({ id: true, type: true }).extend({ token: z.string().optional() })),
  gatewayId: z.string(),
  hlsUrl: z.string(),
  rtmpUrl: z.string(),
  revision: z.int().default(1),
});

export class DynamoEgresses implements EgressStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async create(
    egress: Egress,
    { aliveSinceMs }: AssignOptions,
  ): Promise<'created' | 'exists' | 'room-gone' | 'gateway-full'> {
    const refused = await this.#table.write({
      egress: { kind: 'Put', item: toItem(egress), guard: absent },
      room: { kind: 'ConditionCheck', key: keys.room(egress.room.id), guard: present },
      gateway: taken(egress.gatewayId, aliveSinceMs),
      assigned: { kind: 'Put', item: toAssignedItem(egress) },
    });
    if (!refused) return 'created';
    if (refused === 'egress') return 'exists';
    return refused === 'room' ? 'room-gone' : 'gateway-full';
  }

  async get(id: string): Promise<Egress | undefined> {
    const item = await this.#table.get(keys.egress(id));
    return item && record.parse(item);
  }

  list({ roomId, status }: EgressFilter, page: PageRequest): Promise<Page<Egress>> {
    const query =
      roomId === undefined
        ? ({ index: 'gsi1', hash: keys.allEgresses } as const)
        : ({ index: 'gsi2', hash: keys.ofRoom(roomId), rangePrefix: keys.egressRange } as const);
    const toEgress = (item: unknown): Egress => record.parse(item);
    if (status === undefined) return queryPage(this.#table, query, page, toEgress);
    return queryFiltered(this.#table, query, page, toEgress, (egress) => egress.status === status);
  }

  async assignedTo(gatewayId: string): Promise<readonly Egress[]> {
    const items = await this.#table.query({ hash: keys.gateway(gatewayId).pk, rangePrefix: 'EG#' });
    return items.map((item) => record.parse(item));
  }

  async update(egress: Egress, change: Pick<Egress, 'layout'>): Promise<'updated' | 'changed'> {
    const updated = { ...next(egress), ...change };
    const refused = await this.#table.tryWrite({
      egress: { kind: 'Put', item: toItem(updated), guard: unchanged(egress) },
      assigned: { kind: 'Put', item: toAssignedItem(updated) },
      gateway: {
        kind: 'Update',
        key: keys.gateway(egress.gatewayId),
        update: 'ADD #assignmentVersion :one',
        values: { one: 1 },
        guard: present,
      },
    });
    return refused ? 'changed' : 'updated';
  }

  async advance(
    egress: Egress,
    change: EgressChange,
    { endedAt, event }: AdvanceOptions,
  ): Promise<'advanced' | 'changed'> {
    const advanced = { ...next(egress), ...change, endedAt };
    const final = isFinal(change.status);
    const refused = await writeWithEvent(this.#table, event, {
      egress: { kind: 'Put', item: toItem(advanced), guard: unchanged(egress) },
      assigned: final
        ? { kind: 'Delete', key: keys.assignedEgress(egress.gatewayId, egress.id) }
        : { kind: 'Put', item: toAssignedItem(advanced) },
      gateway: final ? givenBack(egress.gatewayId) : undefined,
    });
    return refused ? 'changed' : 'advanced';
  }

  async reassign(
    egress: Egress,
    from: Gateway,
    to: RtmpGateway,
    { aliveSinceMs }: AssignOptions,
  ): Promise<'reassigned' | 'changed'> {
    const moved = { ...next(egress), ...addressesAt(to) };
    const refused = await this.#table.tryWrite({
      egress: { kind: 'Put', item: toItem(moved), guard: unchanged(egress) },
      left: { kind: 'Delete', key: keys.assignedEgress(from.id, egress.id) },
      from: givenBack(from.id, { condition: '#heartbeatAtMs = :seen', values: { seen: from.heartbeatAtMs } }),
      to: taken(to.id, aliveSinceMs),
      assigned: { kind: 'Put', item: toAssignedItem(moved) },
    });
    return refused ? 'changed' : 'reassigned';
  }
}

function next(egress: Egress): Egress {
  return { ...egress, revision: egress.revision + 1 };
}

function unchanged({ status, gatewayId, revision }: Egress): Guard {
  const { condition, values } = atRevision(revision);
  return {
    condition: `(${condition}) AND #status = :status AND #gatewayId = :gatewayId`,
    values: { ...values, status, gatewayId },
  };
}

function toItem(egress: Egress) {
  const range = `${egress.createdAt}#${egress.id}`;
  return {
    ...egress,
    ...keys.egress(egress.id),
    gsi1pk: keys.allEgresses,
    gsi1sk: range,
    gsi2pk: keys.ofRoom(egress.room.id),
    gsi2sk: keys.egressRange + range,
  };
}

function toAssignedItem(egress: Egress) {
  return { ...egress, ...keys.assignedEgress(egress.gatewayId, egress.id) };
}
