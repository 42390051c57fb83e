import { callSchema } from '@muon/contract/call.ts';
import * as z from 'zod';
import { type Call, type CallChange, isOver } from '../domain/call.ts';
import type { Page, PageRequest } from '../domain/page.ts';
import type { AssignOptions, CallAdvanceOptions, CallFilter, CallStore, GatewayLife } from '../domain/store.ts';
import { givenBack, taken } from './gateway-place.ts';
import { keys } from './keys.ts';
import { listed, unlisted } from './live.ts';
import { writeWithEvent } from './outbox.ts';
import { queryFiltered, queryPage } from './page.ts';
import { absent, type Guard, present, type Table } from './table.ts';

const record = callSchema.extend({ gatewayId: z.string() });

const toCall = (attributes: unknown): Call => record.parse(attributes);

/** Calls are kept as egresses are: once by themselves, and while they last beside the gateway that makes them. */
export class DynamoCalls implements CallStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async create(
    call: Call,
    { aliveSinceMs }: AssignOptions,
  ): Promise<'created' | 'exists' | 'room-gone' | 'gateway-full'> {
    const refused = await this.#table.write({
      call: { kind: 'Put', item: toItem(call), guard: absent },
      room: { kind: 'ConditionCheck', key: keys.room(call.room.id), guard: present },
      gateway: taken(call.gatewayId, aliveSinceMs),
      assigned: { kind: 'Put', item: { ...call, ...keys.assignedCall(call.gatewayId, call.id) } },
      live: listed('call', call),
    });
    if (!refused) return 'created';
    if (refused === 'call') return 'exists';
    return refused === 'room' ? 'room-gone' : 'gateway-full';
  }

  async get(id: string): Promise<Call | undefined> {
    const item = await this.#table.get(keys.call(id));
    return item && toCall(item);
  }

  list({ roomId, status }: CallFilter, page: PageRequest): Promise<Page<Call>> {
    const query =
      roomId === undefined
        ? ({ index: 'gsi1', hash: keys.allCalls } as const)
        : ({ index: 'gsi2', hash: keys.ofRoom(roomId), rangePrefix: keys.callRange } as const);
    if (status === undefined) return queryPage(this.#table, query, page, toCall);
    return queryFiltered(this.#table, query, page, toCall, (call) => call.status === status);
  }

  async assignedTo(gatewayId: string): Promise<readonly Call[]> {
    const items = await this.#table.query({ hash: keys.gateway(gatewayId).pk, rangePrefix: keys.callRange });
    return items.map(toCall);
  }

  async advance(
    call: Call,
    change: CallChange,
    { event, seen }: CallAdvanceOptions = {},
  ): Promise<'advanced' | 'changed' | 'gateway-changed'> {
    const advanced = { ...call, ...change, revision: call.revision + 1 };
    const over = isOver(change.status);
    const key = keys.assignedCall(call.gatewayId, call.id);
    const unchanged: Guard = { condition: '#revision = :seen', values: { seen: call.revision } };
    const refused = await writeWithEvent(this.#table, event, {
      call: { kind: 'Put', item: toItem(advanced), guard: unchanged },
      assigned: over ? { kind: 'Delete', key } : { kind: 'Put', item: { ...advanced, ...key } },
      gateway: over ? givenBack(call.gatewayId, seen && stillSo(seen)) : undefined,
      live: over ? unlisted('call', call) : undefined,
    });
    if (!refused) return 'advanced';
    return refused.part === 'gateway' && refused.why === 'guard' ? 'gateway-changed' : 'changed';
  }
}

function stillSo(seen: GatewayLife): Guard {
  const conditions = Object.keys(seen).map((name) => `#${name} = :${name}`);
  return { condition: conditions.join(' AND '), values: { ...seen } };
}

function toItem(call: Call) {
  const range = `${call.createdAt}#${call.id}`;
  return {
    ...call,
    ...keys.call(call.id),
    gsi1pk: keys.allCalls,
    gsi1sk: range,
    gsi2pk: keys.ofRoom(call.room.id),
    gsi2sk: keys.callRange + range,
  };
}
