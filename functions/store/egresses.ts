import { encodingSchema } from '@muon/contract/egress-template.ts';
import { egressSchema, outputSchema } from '@muon/contract/egress.ts';
import { recordingSchema } from '@muon/contract/recording.ts';
import * as z from 'zod';
import {
  addressesAt,
  isFinal,
  type Egress,
  type EgressChange,
  type EgressDraft,
  type EgressFilter,
  type KeptRecording,
  type PlacedEgress,
} from '../domain/egress.ts';
import type { NewEvent } from '../domain/event.ts';
import { withFormer } from '../domain/former-holder.ts';
import type { Gateway, RtmpGateway } from '../domain/gateway.ts';
import type { Page, PageRequest } from '../domain/page.ts';
import type { Room } from '../domain/room.ts';
import type { AdvanceOptions, AssignOptions, EgressStore, RecordOptions } from '../domain/store.ts';
import { givenBack, taken } from './gateway-place.ts';
import { formerHolders } from './former-holders.ts';
import { keys } from './keys.ts';
import { listed, unlisted } from './live.ts';
import { writeWithEvent } from './outbox.ts';
import { queryFiltered, queryPage } from './page.ts';
import { withDeletion, withUnfinished } from './recordings.ts';
import { withEgress } from './rooms.ts';
import { absent, atRevision, type Guard, present, type Table, toRefused, type Write } from './table.ts';

const draftRecord = egressSchema.omit({ outputs: true, encoding: true }).extend({
  encoding: encodingSchema,
  outputs: z.array(outputSchema.pick({ id: true, type: true }).extend({ token: z.string().optional() })),
  recordings: z
    .array(recordingSchema.extend({ gatewayId: z.string().optional(), givenUp: z.boolean().optional() }))
    .optional(),
  formerGateways: formerHolders,
  revision: z.int().default(1),
});

const placedRecord = draftRecord.extend({ gatewayId: z.string(), hlsUrl: z.string(), rtmpUrl: z.string() });

const record = z.union([placedRecord, draftRecord]);

export class DynamoEgresses implements EgressStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async create(
    egress: PlacedEgress,
    options: AssignOptions,
  ): Promise<'created' | 'exists' | 'room-gone' | 'gateway-full'> {
    const refused = await this.#table.write({
      egress: { kind: 'Put', item: toItem(egress), guard: absent },
      room: { kind: 'ConditionCheck', key: keys.room(egress.room.id), guard: present },
      ...assigned(egress, options),
    });
    if (!refused) return 'created';
    if (refused === 'egress') return 'exists';
    return refused === 'room' ? 'room-gone' : 'gateway-full';
  }

  async createDue(
    egress: PlacedEgress,
    room: Room,
    options: AssignOptions,
  ): Promise<'created' | 'not-due' | 'gateway-full'> {
    const refused = await this.#table.write({
      egress: { kind: 'Put', item: toItem(egress), guard: absent },
      ...withEgress(room, egress.id),
      ...assigned(egress, options),
    });
    if (!refused) return 'created';
    return refused === 'gateway' ? 'gateway-full' : 'not-due';
  }

  async failDue(egress: EgressDraft, room: Room, event: NewEvent): Promise<'failed' | 'not-due'> {
    const unwritten = await writeWithEvent(this.#table, event, {
      egress: { kind: 'Put', item: toItem(egress), guard: absent },
      ...withEgress(room, egress.id),
    });
    return toRefused(unwritten) ? 'not-due' : 'failed';
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

  async assignedTo(gatewayId: string): Promise<readonly PlacedEgress[]> {
    const items = await this.#table.query({ hash: keys.gateway(gatewayId).pk, rangePrefix: keys.egressRange });
    return items.map((item) => placedRecord.parse(item));
  }

  async update(egress: PlacedEgress, change: Pick<Egress, 'layout'>): Promise<'updated' | 'changed'> {
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
    egress: PlacedEgress,
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
      live: final ? unlisted('egress', egress) : undefined,
    });
    return refused ? 'changed' : 'advanced';
  }

  async record(
    egress: PlacedEgress,
    recordings: readonly KeptRecording[],
    { nowMs, event, deletion }: RecordOptions,
  ): Promise<'recorded' | 'changed'> {
    const recorded = { ...next(egress), recordings };
    const refused = await writeWithEvent<string>(this.#table, event, {
      egress: { kind: 'Put', item: toItem(recorded), guard: unchanged(egress) },
      assigned: isFinal(egress.status) ? undefined : { kind: 'Put', item: toAssignedItem(recorded) },
      deletion: deletion && withDeletion(deletion, nowMs),
      ...withUnfinished(egress, recordings, nowMs),
    });
    return refused ? 'changed' : 'recorded';
  }

  async reassign(
    egress: PlacedEgress,
    from: Gateway,
    to: RtmpGateway,
    { aliveSinceMs }: AssignOptions,
  ): Promise<'reassigned' | 'changed'> {
    // Whatever it did since, it was not heard of.
    const left = { id: from.id, untilMs: from.heartbeatAtMs };
    const formerGateways = withFormer(egress.formerGateways, left);
    const moved = { ...next(egress), ...addressesAt(to), formerGateways };
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

/** Takes a place for it on its gateway. */
function assigned(
  egress: PlacedEgress,
  { aliveSinceMs }: AssignOptions,
): Record<'gateway' | 'assigned' | 'live', Write> {
  return {
    gateway: taken(egress.gatewayId, aliveSinceMs),
    assigned: { kind: 'Put', item: toAssignedItem(egress) },
    live: listed('egress', egress),
  };
}

function next(egress: PlacedEgress): PlacedEgress {
  return { ...egress, revision: egress.revision + 1 };
}

function unchanged({ status, gatewayId, revision }: PlacedEgress): Guard {
  const { condition, values } = atRevision(revision);
  return {
    condition: `(${condition}) AND #status = :status AND #gatewayId = :gatewayId`,
    values: { ...values, status, gatewayId },
  };
}

function toItem(egress: EgressDraft) {
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

function toAssignedItem(egress: PlacedEgress) {
  return { ...egress, ...keys.assignedEgress(egress.gatewayId, egress.id) };
}
