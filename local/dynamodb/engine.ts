import { createHash } from 'node:crypto';
import { DynamoDbError, invalid } from './error.ts';
import { fulfils } from './expression/condition.ts';
import type { UpdateAction } from './expression/ast.ts';
import { parseCondition, parseUpdate } from './expression/parser.ts';
import { project, valueAt } from './expression/path.ts';
import { applyUpdate, checkUpdate } from './expression/update.ts';
import { query } from './query.ts';
import { expressionOf, placeholdersOf, projectionOf, type Message } from './request.ts';
import { Storage } from './storage.ts';
import { type ChangedKeys, toChangedKeys } from './stream.ts';
import { keyOfItem, keyOfRequest, toKeyAttributes, toTable, type Table } from './table.ts';
import { checkItem, isRecord, type Item } from './value.ts';

/** How long a transaction's client token is remembered. */
const TOKEN_LIFE_MS = 600_000;

const MAX_TRANSACTION_ITEMS = 100;
const MAX_BATCH_GET = 100;
const MAX_BATCH_WRITE = 25;

type Mutation = 'Put' | 'Update' | 'Delete' | 'ConditionCheck';

/**
 * DynamoDB on one machine: the operations that this system uses, over one SQLite file. Each runs alone, from its first
 * read to its last write, and is on the disk when it returns. Differs from the service: keys are strings, index reads
 * see every write, nothing is ever throttled.
 */
export class Engine {
  readonly #storage: Storage;
  readonly #clock: () => number;
  readonly #operations: Readonly<Record<string, (request: Message) => Message>> = {
    CreateTable: (request) => this.#createTable(request),
    DescribeTable: (request) => ({ Table: describe(this.#table(request)) }),
    UpdateTimeToLive: (request) => this.#updateTimeToLive(request),
    GetItem: (request) => toGot(this.#get(request)),
    PutItem: (request) => this.#mutateAlone('Put', request),
    UpdateItem: (request) => this.#mutateAlone('Update', request),
    DeleteItem: (request) => this.#mutateAlone('Delete', request),
    Query: (request) => query(this.#storage, this.#table(request), request),
    BatchGetItem: (request) => this.#batchGet(request),
    BatchWriteItem: (request) => this.#batchWrite(request),
    TransactGetItems: (request) => ({
      Responses: transactItems(request).map(([, get]) => toGot(this.#get(get))),
    }),
    TransactWriteItems: (request) => this.#transactWrite(request),
  };

  /**
   * @param path of the database file; `:memory:` for none
   * @param changed is told of each item that was written, once that is on the disk: a stream that forgets
   */
  constructor(path: string, clock: () => number = Date.now, changed?: (changes: readonly ChangedKeys[]) => void) {
    this.#storage = new Storage(path, changed && ((changes) => changed(changes.map(toChangedKeys))));
    this.#clock = clock;
  }

  /** @throws DynamoDbError as DynamoDB would refuse it. */
  execute(operation: string, request: Message): Message {
    if (!Object.hasOwn(this.#operations, operation)) throw new DynamoDbError('UnknownOperationException', '');
    return this.#operations[operation]!(request);
  }

  /** Deletes what has expired; to be called now and then. */
  sweep(): void {
    const nowMs = this.#clock();
    this.#storage.transaction(() => {
      this.#storage.deleteExpired(Math.floor(nowMs / 1000));
      this.#storage.forgetTokens(nowMs - TOKEN_LIFE_MS);
    });
  }

  close(): void {
    this.#storage.close();
  }

  #createTable(request: Message): Message {
    const table = toTable(request);
    if (this.#storage.table(table.name))
      throw new DynamoDbError('ResourceInUseException', `Table already exists: ${table.name}`);
    this.#storage.putTable(table);
    return { TableDescription: describe(table) };
  }

  #updateTimeToLive(request: Message): Message {
    const { description } = this.#table(request);
    const specification = request['TimeToLiveSpecification'];
    if (!isRecord(specification)) throw invalid('TimeToLiveSpecification is missing');
    const attribute = specification['Enabled'] === true ? String(specification['AttributeName']) : undefined;
    this.#storage.putTable(toTable(description, attribute));
    return { TimeToLiveSpecification: specification };
  }

  #get(request: Message): Item | undefined {
    const table = this.#table(request);
    const placeholders = placeholdersOf(request);
    const paths = projectionOf(request, placeholders);
    placeholders.checkAllUsed();
    const item = this.#storage.read(table, keyOfRequest(table, request['Key']));
    return item && paths ? project(item, paths) : item;
  }

  #mutateAlone(kind: Mutation, request: Message): Message {
    return this.#storage.transaction(() => this.#mutate(kind, request));
  }

  #mutate(kind: Mutation, request: Message): Message {
    const table = this.#table(request);
    const placeholders = placeholdersOf(request);
    const condition = expressionOf(request, 'ConditionExpression');
    const wanted = condition && parseCondition(condition, 'ConditionExpression', placeholders);
    const update = expressionOf(request, 'UpdateExpression');
    const actions = update === undefined ? [] : parseUpdate(update, placeholders);
    checkUpdate(actions);
    checkKeyUntouched(table, actions);
    placeholders.checkAllUsed();
    const item = kind === 'Put' ? checkItem(request['Item']) : undefined;
    const key = item ? keyOfItem(table, item) : keyOfRequest(table, request['Key']);

    const before = this.#storage.read(table, key);
    if (wanted && !fulfils(before ?? {}, wanted)) throw conditionFailed(request, before);
    if (kind === 'ConditionCheck') return {};
    const after = kind === 'Update' ? checkItem(applyUpdate(before ?? toKeyAttributes(table, key), actions)) : item;
    this.#storage.write(table, key, before, after);
    return toReturned(request['ReturnValues'], before, after, actions);
  }

  #batchGet(request: Message): Message {
    const responses: Record<string, Item[]> = {};
    for (const [TableName, each] of tablesOf(request, MAX_BATCH_GET, (given) => given['Keys'])) {
      const keys = each['Keys'] as unknown[];
      responses[TableName] = keys
        .map((Key) => this.#get({ ...each, Keys: undefined, TableName, Key }))
        .filter((item) => item !== undefined);
    }
    return { Responses: responses, UnprocessedKeys: {} };
  }

  #batchWrite(request: Message): Message {
    const tables = isRecord(request['RequestItems']) ? Object.entries(request['RequestItems']) : [];
    const writes = tables.flatMap(([TableName, list]) =>
      (Array.isArray(list) ? list : []).filter(isRecord).map((write) => {
        const [kind, given] = Object.entries(write)[0] ?? [];
        return {
          kind: kind === 'PutRequest' ? 'Put' : 'Delete',
          request: { ...(given as object), TableName },
        } as const;
      }),
    );
    if (writes.length === 0 || writes.length > MAX_BATCH_WRITE) throw invalid('Too many items or none in the request');
    this.#checkDistinct(writes.map((write) => write.request));
    this.#storage.transaction(() => writes.forEach((write) => this.#mutate(write.kind, write.request)));
    return { UnprocessedItems: {} };
  }

  #transactWrite(request: Message): Message {
    const items = transactItems(request);
    this.#checkDistinct(items.map(([, item]) => item));
    return this.#storage.transaction(() => {
      if (this.#isRepeated(request)) return {};
      const reasons = items.map(([kind, item]) => this.#attempt(kind as Mutation, item));
      const codes = reasons.map(({ Code }) => Code);
      if (codes.every((code) => code === 'None')) return {};
      const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`;
      throw new DynamoDbError('TransactionCanceledException', message, { CancellationReasons: reasons });
    });
  }

  /** Carries out one part of a transaction; what it answers is the reason, if any, to cancel the whole. */
  #attempt(kind: Mutation, request: Message): { Code: string; Message?: string; Item?: unknown } {
    try {
      this.#mutate(kind, request);
      return { Code: 'None' };
    } catch (error) {
      if (!(error instanceof DynamoDbError)) throw error;
      if (error.type === 'ValidationException') return { Code: 'ValidationError', Message: error.message };
      if (error.type !== 'ConditionalCheckFailedException') throw error;
      return { Code: 'ConditionalCheckFailed', Message: error.message, ...error.fields };
    }
  }

  /** Whether this very request was carried out already. */
  #isRepeated(request: Message): boolean {
    const token = request['ClientRequestToken'];
    if (typeof token !== 'string') return false;
    const nowMs = this.#clock();
    const digest = createHash('sha256').update(JSON.stringify(request['TransactItems'])).digest('base64');
    const earlier = this.#storage.digestOf(token, nowMs - TOKEN_LIFE_MS);
    if (earlier === undefined) this.#storage.rememberToken(token, digest, nowMs);
    else if (earlier !== digest)
      throw new DynamoDbError(
        'IdempotentParameterMismatchException',
        'The request was already made with this token and other parameters',
      );
    return earlier !== undefined;
  }

  #checkDistinct(requests: readonly Message[]): void {
    const keys = requests.map((request) => {
      const table = this.#table(request);
      const { hash, range } =
        'Item' in request ? keyOfItem(table, checkItem(request['Item'])) : keyOfRequest(table, request['Key']);
      return JSON.stringify([table.name, hash, range]);
    });
    if (new Set(keys).size !== keys.length)
      throw invalid('Transaction request cannot include multiple operations on one item');
  }

  #table(request: Message): Table {
    const table = this.#storage.table(String(request['TableName']));
    if (table) return table;
    throw new DynamoDbError('ResourceNotFoundException', 'Requested resource not found');
  }
}

function checkKeyUntouched({ key }: Table, actions: readonly UpdateAction[]): void {
  const touched = actions.find(({ path }) => path[0] === key.hash || path[0] === key.range);
  if (touched) throw invalid(`Cannot update attribute ${touched.path[0]}. This attribute is part of the key`);
}

function toReturned(
  returnValues: unknown,
  before: Item | undefined,
  after: Item | undefined,
  actions: readonly UpdateAction[],
): Message {
  const paths = actions.map(({ path }) => path);
  const touched = (item: Item): Item =>
    project(
      item,
      paths.filter((path) => valueAt(item, path)),
    );
  const attributes = {
    ALL_OLD: before,
    ALL_NEW: after,
    UPDATED_OLD: before && touched(before),
    UPDATED_NEW: after && touched(after),
  }[String(returnValues)];
  return attributes && Object.keys(attributes).length > 0 ? { Attributes: attributes } : {};
}

function conditionFailed(request: Message, before: Item | undefined): DynamoDbError {
  const shown = request['ReturnValuesOnConditionCheckFailure'] === 'ALL_OLD' && before;
  return new DynamoDbError(
    'ConditionalCheckFailedException',
    'The conditional request failed',
    shown ? { Item: before } : {},
  );
}

/** The parts of a transaction as kind and request. */
function transactItems(request: Message): [string, Message][] {
  const given = Array.isArray(request['TransactItems']) ? request['TransactItems'] : [];
  if (given.length === 0 || given.length > MAX_TRANSACTION_ITEMS)
    throw invalid(`Member must have length between 1 and ${MAX_TRANSACTION_ITEMS}`);
  return given.filter(isRecord).map((part) => {
    const [kind, item] = Object.entries(part)[0] ?? [];
    if (kind === undefined || !isRecord(item)) throw invalid('TransactItems can only contain one of its operations');
    return [kind, item];
  });
}

function tablesOf(request: Message, max: number, listOf: (given: Message) => unknown): [string, Message][] {
  const given = isRecord(request['RequestItems']) ? request['RequestItems'] : {};
  const tables = Object.entries(given).filter((entry): entry is [string, Record<string, unknown>] =>
    isRecord(entry[1]),
  );
  const lengths = tables.map(([, table]) => listOf(table)).map((list) => (Array.isArray(list) ? list.length : 0));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total === 0 || total > max) throw invalid('Too many items or none in the request');
  return tables;
}

function toGot(item: Item | undefined): Message {
  return item ? { Item: item } : {};
}

function describe({ description }: Table): Message {
  return { ...description, TableStatus: 'ACTIVE' };
}
