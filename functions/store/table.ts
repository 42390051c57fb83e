import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { isPassingReason, overloaded, refuseWhenPassing, toReasons } from './outage.ts';

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

type Attributes = Readonly<Record<string, unknown>>;

/** What must hold of an item for a write to happen. */
export interface Guard {
  /** Attributes are written `#name`, values `:name`; so no attribute ever clashes with a reserved word. */
  readonly condition: string;
  readonly values?: Attributes;
}

/** One write, alone or within a transaction. */
export type Write =
  | { readonly kind: 'Put'; readonly item: Key & Attributes; readonly guard?: Guard | undefined }
  | { readonly kind: 'Delete'; readonly key: Key; readonly guard?: Guard | undefined }
  | { readonly kind: 'ConditionCheck'; readonly key: Key; readonly guard: Guard }
  | {
      readonly kind: 'Update';
      readonly key: Key;
      readonly update: string;
      readonly values: Attributes;
      readonly guard?: Guard | undefined;
    };

export interface Query {
  readonly index?: 'gsi1' | 'gsi2';
  readonly hash: string;
  readonly rangePrefix?: string;
  /** Range keys up to this one, and from the other on; not together with a prefix. */
  readonly rangeEnd?: string;
  readonly rangeStart?: string;
  readonly newestFirst?: boolean;
  readonly limit?: number;
  readonly after?: Readonly<Record<string, string>> | undefined;
}

/** How often a write that met another at the same item is tried; the SDK does not try these again. */
const MAX_ATTEMPTS = 4;

/** How long it waits before that, at most. */
const MAX_PAUSE_MS = 50;

/** Nobody has this item yet. */
export const absent: Guard = { condition: 'attribute_not_exists(#pk)' };

/** Somebody has put this item. */
export const present: Guard = { condition: 'attribute_exists(#pk)' };

/** Nobody has heard of this node or gateway since, and it holds nothing. */
export function goneAndEmpty(heartbeatAtMs: number): Guard {
  return { condition: '#heartbeatAtMs = :seen AND #reserved = :zero', values: { seen: heartbeatAtMs, zero: 0 } };
}

/** Nobody has changed this item since. */
export function atRevision(revision: number): Guard {
  const never = revision === 1 ? ' OR (attribute_exists(#pk) AND attribute_not_exists(#revision))' : '';
  return { condition: `#revision = :seen${never}`, values: { seen: revision } };
}

/** Why nothing was written: the guard of a part did not hold, or others were at its item again and again. */
export interface Unwritten<Name> {
  readonly part: Name;
  readonly why: 'guard' | 'conflict';
}

/** @throws Refusal `overloaded` for a conflict: it says nothing of what the guards ask. */
export function toRefused<Name>(unwritten: Unwritten<Name> | undefined): Name | undefined {
  if (unwritten?.why === 'conflict')
    throw overloaded('Other requests were at the same things at the same time; nothing was done.');
  return unwritten?.part;
}

/** The one table, in the few ways in which the repositories use it. */
export class Table {
  readonly #client: DynamoDBDocumentClient;
  readonly #name: string;

  constructor(client: DynamoDBDocumentClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /** An item as it is now, every acknowledged write included. */
  async get(key: Key): Promise<Attributes | undefined> {
    const request = new GetCommand({ TableName: this.#name, Key: { ...key }, ConsistentRead: true });
    const { Item } = await this.#client.send(request).catch(refuseWhenPassing);
    return Item;
  }

  /** The items under one hash key; all of them unless there is a limit. An index may lag behind writes. */
  async query({ index, hash, newestFirst = false, limit, after, ...range }: Query): Promise<Attributes[]> {
    const prefix = index ?? '';
    const bounds = toBounds(range);
    const condition = [`#${prefix}pk = :hash`, bounds.condition?.replace('#sk', `#${prefix}sk`)]
      .filter(Boolean)
      .join(' AND ');
    const items: Attributes[] = [];
    let start: Record<string, unknown> | undefined = after && { ...after };
    for (;;) {
      const request = new QueryCommand({
        TableName: this.#name,
        IndexName: index,
        KeyConditionExpression: condition,
        ExpressionAttributeNames: namesIn(condition),
        ExpressionAttributeValues: { ':hash': hash, ...bounds.values },
        ScanIndexForward: !newestFirst,
        ConsistentRead: index === undefined,
        ExclusiveStartKey: start,
        ...(limit === undefined ? {} : { Limit: limit - items.length }),
      });
      const page = await this.#client.send(request).catch(refuseWhenPassing);
      items.push(...(page.Items ?? []));
      start = page.LastEvaluatedKey;
      if (!start || items.length === limit) return items;
    }
  }

  /**
   * All of `writes` or none. Gives the name of the first whose guard did not hold; undefined when all are done.
   *
   * @throws Refusal `overloaded` when others were at the same items, or it is not known whether they were done
   */
  async write<Name extends string>(writes: Readonly<Record<Name, Write | undefined>>): Promise<Name | undefined> {
    return toRefused(await this.tryWrite(writes));
  }

  /** As {@link write} for those to whom a conflict means what a guard does: that they have to read again. */
  async tryWrite<Name extends string>(
    writes: Readonly<Record<Name, Write | undefined>>,
  ): Promise<Unwritten<Name> | undefined> {
    const parts = Object.entries<Write | undefined>(writes).filter((part): part is [Name, Write] => !!part[1]);
    for (let attempt = 1; ; attempt += 1) {
      const reasons = await this.#attempt(parts.map(([, write]) => write));
      const refused = parts[reasons.indexOf('ConditionalCheckFailed')];
      if (refused) return { part: refused[0], why: 'guard' };
      if (!reasons.some(isPassingReason)) return undefined;
      const disturbed = parts[reasons.indexOf('TransactionConflict')];
      if (attempt === MAX_ATTEMPTS && disturbed) return { part: disturbed[0], why: 'conflict' };
      if (attempt === MAX_ATTEMPTS) throw overloaded('The database is too busy; nothing was done.');
      await new Promise((resolve) => setTimeout(resolve, Math.random() * MAX_PAUSE_MS));
    }
  }

  /** Why each of the writes was not done; nothing when all were. */
  async #attempt(writes: readonly Write[]): Promise<readonly (string | undefined)[]> {
    const [first] = writes;
    try {
      if (writes.length === 1 && first) await this.#writeOne(first);
      else await this.#transact(writes);
      return [];
    } catch (error) {
      return toReasons(error) ?? refuseWhenPassing(error);
    }
  }

  async #transact(writes: readonly Write[]): Promise<void> {
    const TransactItems = writes.map((write) => ({ [write.kind]: toRequest(this.#name, write) }));
    await this.#client.send(new TransactWriteCommand({ TransactItems }));
  }

  async #writeOne(write: Write): Promise<void> {
    const request = toRequest(this.#name, write);
    if (write.kind === 'Put') await this.#client.send(new PutCommand({ ...request, Item: write.item }));
    else if (write.kind === 'Update') await this.#client.send(new UpdateCommand({ ...request, Key: { ...write.key } }));
    else if (write.kind === 'Delete') await this.#client.send(new DeleteCommand({ ...request, Key: { ...write.key } }));
    else throw new TypeError('A check alone writes nothing');
  }
}

/** Which of the range keys, as a condition of `#sk`. */
function toBounds({ rangePrefix, rangeStart, rangeEnd }: Pick<Query, 'rangePrefix' | 'rangeStart' | 'rangeEnd'>): {
  readonly condition?: string;
  readonly values?: Readonly<Record<string, string>>;
} {
  if (rangePrefix !== undefined) return { condition: 'begins_with(#sk, :prefix)', values: { ':prefix': rangePrefix } };
  if (rangeEnd === undefined) return {};
  if (rangeStart === undefined) return { condition: '#sk <= :end', values: { ':end': rangeEnd } };
  return { condition: '#sk BETWEEN :start AND :end', values: { ':start': rangeStart, ':end': rangeEnd } };
}

function toRequest(TableName: string, write: Write) {
  const update = write.kind === 'Update' ? write.update : undefined;
  const values = { ...(write.kind === 'Update' ? write.values : {}), ...write.guard?.values };
  const names = namesIn(`${update ?? ''} ${write.guard?.condition ?? ''}`);
  return {
    TableName,
    ...(write.kind === 'Put' ? { Item: write.item } : { Key: { ...write.key } }),
    UpdateExpression: update,
    ConditionExpression: write.guard?.condition,
    ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
    ...(Object.keys(values).length > 0
      ? {
          ExpressionAttributeValues: Object.fromEntries(
            Object.entries(values).map(([name, value]) => [`:${name}`, value]),
          ),
        }
      : {}),
  };
}

/** `#name` stands for the attribute `name`, wherever it is written. */
function namesIn(expression: string): Record<string, string> {
  return Object.fromEntries([...expression.matchAll(/#(\w+)/g)].map(([placeholder, name]) => [placeholder, name!]));
}
