import { registerNodeBody, type NodeHeartbeatBody, type RegisterNodeBody } from '@muon/contract/internal.ts';
import * as z from 'zod';
import type { NewEvent } from '../domain/event.ts';
import {
  type HeldRoom,
  type Node,
  type Placing,
  type ReportPlace,
  type TellingStatus,
  tellingStatuses,
} from '../domain/node.ts';
import type { NodeStore } from '../domain/store.ts';
import { assigning } from './assigning.ts';
import { keys } from './keys.ts';
import { writeWithEvent } from './outbox.ts';
import { goneAndEmpty, type Guard, present, type Table, toRefused } from './table.ts';

const record = z.object({
  ...registerNodeBody.shape,
  reserved: z.number(),
  participants: z.number(),
  heartbeatAtMs: z.number(),
  livesSinceMs: z.number().optional(),
  cordonedAtMs: z.number().optional(),
  drainUntilMs: z.number().optional(),
  toldStatus: z.enum(tellingStatuses).optional(),
});

const heldRecord = z.object({
  roomId: z.string(),
  epoch: z.int(),
  occupied: z.boolean().default(false),
  egressDue: z.boolean().default(false),
});

export class DynamoNodes implements NodeStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** What is reserved stays: a node that starts again keeps its rooms. */
  async register(body: RegisterNodeBody, nowMs: number, event?: NewEvent): Promise<'registered' | 'outdated'> {
    const { id, generation, region, url, linkUrl, capacity } = body;
    // An event tells of a new life.
    const since = event ? ':now' : 'if_not_exists(#livesSinceMs, :now)';
    const unwritten = await writeWithEvent(this.#table, event, {
      node: {
        kind: 'Update',
        key: keys.node(id),
        update:
          'SET #id = :id, #generation = :generation, #region = :region, #url = :url, #linkUrl = :linkUrl, ' +
          '#capacity = :capacity, #gsi1pk = :all, #gsi1sk = :id, #heartbeatAtMs = :now, #participants = :zero, ' +
          `#reserved = if_not_exists(#reserved, :zero), #livesSinceMs = ${since}`,
        values: { id, generation, region, url, linkUrl, capacity, all: keys.allNodes, now: nowMs, zero: 0 },
        guard: {
          condition: `attribute_not_exists(#pk) OR #generation ${event ? '<' : '<='} :generation`,
        },
      },
    });
    return toRefused(unwritten) ? 'outdated' : 'registered';
  }

  async beat(id: string, { generation, rooms }: NodeHeartbeatBody, nowMs: number): Promise<'alive' | 'unknown'> {
    const participants = rooms.reduce((sum, room) => sum + room.participants, 0);
    const refused = await this.#table.write({
      node: {
        kind: 'Update',
        key: keys.node(id),
        update: 'SET #heartbeatAtMs = :now, #participants = :participants',
        values: { now: nowMs, participants },
        guard: { condition: '#generation = :generation', values: { generation } },
      },
    });
    return refused ? 'unknown' : 'alive';
  }

  async noteStatus({ id, heartbeatAtMs, toldStatus }: Node, status: TellingStatus, event: NewEvent): Promise<void> {
    const told = toldStatus === undefined ? 'attribute_not_exists(#toldStatus)' : '#toldStatus = :told';
    const values = { seen: heartbeatAtMs, ...(toldStatus === undefined ? {} : { told: toldStatus }) };
    await writeWithEvent(this.#table, event, {
      node: {
        kind: 'Update',
        key: keys.node(id),
        ...assigning({ toldStatus: status }),
        guard: { condition: `#heartbeatAtMs = :seen AND ${told}`, values },
      },
    });
  }

  async forget({ id, heartbeatAtMs }: Node): Promise<'forgotten' | 'needed'> {
    const guard = goneAndEmpty(heartbeatAtMs);
    const refused = await this.#table.write({
      node: { kind: 'Delete', key: keys.node(id), guard },
      reports: { kind: 'Delete', key: keys.nodeReports(id) },
      usage: { kind: 'Delete', key: keys.nodeUsage(id) },
    });
    return refused ? 'needed' : 'forgotten';
  }

  async get(id: string): Promise<Node | undefined> {
    const item = await this.#table.get(keys.node(id));
    return item && record.parse(item);
  }

  async list(): Promise<readonly Node[]> {
    const items = await this.#table.query({ index: 'gsi1', hash: keys.allNodes });
    return items.map((item) => record.parse(item));
  }

  async place(id: string, placing: Placing): Promise<'placed' | 'unknown'> {
    const { cordonedAtMs, drainUntilMs } = placing;
    const refused = await this.#table.write({
      node: { kind: 'Update', key: keys.node(id), ...assigning({ cordonedAtMs, drainUntilMs }), guard: present },
    });
    return refused ? 'unknown' : 'placed';
  }

  async takeReport(id: string, { generation, seq }: ReportPlace, event?: NewEvent): Promise<'taken' | 'known'> {
    const unwritten = await writeWithEvent(this.#table, event, {
      report: {
        kind: 'Put',
        item: { ...keys.nodeReports(id), generation, seq },
        guard: notTakenYet({ generation, seq }),
      },
    });
    return toRefused(unwritten) ? 'known' : 'taken';
  }

  async rooms(id: string): Promise<readonly HeldRoom[]> {
    const items = await this.#table.query({ hash: keys.node(id).pk, rangePrefix: 'ROOM#' });
    return items.map((item) => heldRecord.parse(item));
  }
}

/** Neither this report of the node nor a later one was taken. */
export function notTakenYet({ generation, seq }: ReportPlace): Guard {
  return {
    condition: 'attribute_not_exists(#pk) OR #generation < :generation OR (#generation = :generation AND #seq < :seq)',
    values: { generation, seq },
  };
}
