import { invalid } from './error.ts';
import type { Condition, Operand } from './expression/ast.ts';
import { fulfils } from './expression/condition.ts';
import { parseCondition } from './expression/parser.ts';
import { project } from './expression/path.ts';
import { expressionOf, placeholdersOf, projectionOf, type Message } from './request.ts';
import type { RangeBound, Storage } from './storage.ts';
import { keyInIndex, keyOfItem, toKeyAttributes, type KeySchema, type Table } from './table.ts';
import { checkItem, sizeOf, type Item } from './value.ts';

/** How much one page reads at most, before any filter. */
const MAX_PAGE_BYTES = 1024 * 1024;

/** Behind every string that begins with the one it is appended to; no key that people use has it inside. */
const LAST_CHARACTER = '\u{10ffff}';

/** One page of the items under one hash key, of the table or of an index. */
export function query(storage: Storage, table: Table, request: Message): Message {
  const index = expressionOf(request, 'IndexName');
  const schema = index === undefined ? table.key : table.indexes.get(index);
  if (!schema) throw invalid(`The table does not have the specified index: ${index}`);
  if (index !== undefined && request['ConsistentRead'] === true)
    throw invalid('Consistent reads are not supported on global secondary indexes');
  const placeholders = placeholdersOf(request);
  const keyCondition = expressionOf(request, 'KeyConditionExpression');
  if (keyCondition === undefined) throw invalid('Either the KeyConditions or KeyConditionExpression must be specified');
  const { hash, bounds } = toBounds(schema, parseCondition(keyCondition, 'KeyConditionExpression', placeholders));
  const filter = expressionOf(request, 'FilterExpression');
  const wanted = filter === undefined ? undefined : parseCondition(filter, 'FilterExpression', placeholders);
  const paths = projectionOf(request, placeholders);
  placeholders.checkAllUsed();

  const { read, last } = readPage(
    storage.select({
      table,
      index,
      hash,
      bounds,
      forward: request['ScanIndexForward'] !== false,
      after: toStart(table, schema, request['ExclusiveStartKey']),
    }),
    toLimit(request['Limit']),
  );
  const found = wanted ? read.filter((item) => fulfils(item, wanted)) : read;
  return {
    ...(request['Select'] === 'COUNT' ? {} : { Items: paths ? found.map((item) => project(item, paths)) : found }),
    Count: found.length,
    ScannedCount: read.length,
    ...(last ? { LastEvaluatedKey: keysOf(table, schema, last) } : {}),
  };
}

/** Items up to a limit; `last` is the one to go on from when there may be more. */
function readPage(items: Iterable<Item>, limit: number): { read: Item[]; last: Item | undefined } {
  const read: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    read.push(item);
    bytes += sizeOf({ M: item });
    if (read.length === limit || bytes > MAX_PAGE_BYTES) return { read, last: item };
  }
  return { read, last: undefined };
}

function toLimit(given: unknown): number {
  if (given === undefined || given === null) return Infinity;
  if (!Number.isInteger(given) || (given as number) < 1) throw invalid('Limit must be greater than or equal to 1');
  return given as number;
}

function toStart(table: Table, schema: KeySchema, given: unknown) {
  if (given === undefined || given === null) return undefined;
  const item = checkItem(given);
  const place = keyInIndex(schema, item);
  if (!place) throw invalid('The provided starting key is invalid');
  return { range: place.range, key: keyOfItem(table, item) };
}

function keysOf(table: Table, schema: KeySchema, item: Item): Item {
  const names = [schema.hash, schema.range].filter((name) => name !== undefined);
  return {
    ...toKeyAttributes(table, keyOfItem(table, item)),
    ...Object.fromEntries(names.map((name) => [name, item[name]!])),
  };
}

/** What a key condition asks for: one hash key and, at most, one condition on the range key. */
function toBounds(schema: KeySchema, condition: Condition): { hash: string; bounds: RangeBound[] } {
  const parts = condition.type === 'and' ? [condition.left, condition.right] : [condition];
  const hashAt = parts.findIndex(
    (part) => part.type === 'compare' && part.comparator === '=' && nameOf(part.left) === schema.hash,
  );
  const hashPart = parts[hashAt];
  if (hashPart?.type !== 'compare') throw invalid(`Query condition missed key schema element: ${schema.hash}`);
  const rangePart = parts[1 - hashAt];
  return {
    hash: stringOf(hashPart.right),
    bounds: rangePart && parts.length === 2 ? toRangeBounds(schema, rangePart) : [],
  };
}

function toRangeBounds(schema: KeySchema, condition: Condition): RangeBound[] {
  const operand =
    condition.type === 'compare'
      ? condition.left
      : condition.type === 'between' || condition.type === 'beginsWith'
        ? condition.operand
        : undefined;
  if (!operand || nameOf(operand) !== schema.range)
    throw invalid(`Query key condition not supported, or key schema element missed: ${schema.range}`);
  if (condition.type === 'between') {
    const [low, high] = [stringOf(condition.low), stringOf(condition.high)];
    if (Buffer.compare(Buffer.from(low), Buffer.from(high)) > 0)
      throw invalid('The BETWEEN operator requires upper bound to be greater than or equal to lower bound');
    return [
      { operator: '>=', value: low },
      { operator: '<=', value: high },
    ];
  }
  if (condition.type === 'beginsWith') {
    const prefix = stringOf(condition.argument);
    return [
      { operator: '>=', value: prefix },
      { operator: '<', value: prefix + LAST_CHARACTER },
    ];
  }
  if (condition.type !== 'compare' || condition.comparator === '<>') throw invalid('Query key condition not supported');
  return [{ operator: condition.comparator, value: stringOf(condition.right) }];
}

function nameOf(operand: Operand): string | number | undefined {
  return operand.type === 'path' && operand.path.length === 1 ? operand.path[0] : undefined;
}

function stringOf(operand: Operand): string {
  if (operand.type === 'value' && 'S' in operand.value && operand.value.S !== '') return operand.value.S;
  throw invalid('One or more parameter values were invalid: Condition parameter type does not match schema type');
}
