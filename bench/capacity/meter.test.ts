import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { toTableDefinition } from '@muon/functions/store/schema.ts';
import { Engine } from '@muon/local/dynamodb/engine.ts';
import { toRequestHandler } from '@muon/local/dynamodb/request-handler.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { sizeOfItem } from './item-size.ts';
import { CapacityMeter } from './meter.ts';

const TableName = 'muon';
const key = (sk: string) => ({ pk: { S: 'a' }, sk: { S: sk } });
/** An item of so many bytes. */
const itemOf = (sk: string, bytes: number, more = {}) => {
  const item = { ...key(sk), ...more, text: { S: '' } };
  return { ...item, text: { S: 'x'.repeat(bytes - sizeOfItem(item)) } };
};

let meter: CapacityMeter;
beforeEach(async () => {
  const engine = new Engine(':memory:');
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const requestHandler = toRequestHandler(engine);
  const client = new DynamoDBClient({ region: 'local', credentials, endpoint: 'http://embedded', requestHandler });
  await client.send(new CreateTableCommand(toTableDefinition(TableName)));
  meter = new CapacityMeter(engine);
});

const put = (Item: object) => meter.execute('PutItem', { TableName, Item });
const unitsOf = (operation: string, request: object) => {
  meter.take();
  meter.execute(operation, { TableName, ...request });
  const { readUnits, writeUnits } = meter.take();
  return { readUnits, writeUnits };
};

test('an item is as large as its names and values', () => {
  expect(sizeOfItem({ pk: { S: 'aü' }, n: { N: '-12.345' }, t: { BOOL: true } })).toBe(2 + 3 + 1 + 4 + 1 + 1);
  expect(sizeOfItem({ l: { L: [{ S: 'ab' }, { NULL: true }] } })).toBe(1 + 3 + 3 + 2);
  expect(sizeOfItem({ m: { M: { k: { S: 'ab' } } } })).toBe(1 + 3 + 1 + 1 + 2);
});

describe('a read', () => {
  test.each([
    [4096, true, 1],
    [4097, true, 2],
    [4096, false, 0.5],
  ])('of %i bytes, consistent: %s, takes %d units', (bytes, ConsistentRead, units) => {
    put(itemOf('1', bytes));
    expect(unitsOf('GetItem', { Key: key('1'), ConsistentRead })).toEqual({ readUnits: units, writeUnits: 0 });
  });

  test('of many in one query is rounded up once, and of none takes one unit', () => {
    for (const sk of ['1', '2', '3']) put(itemOf(sk, 2000));
    const query = (value: string) => ({
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: value } },
    });
    expect(unitsOf('Query', query('a')).readUnits).toBe(2);
    expect(unitsOf('Query', query('b')).readUnits).toBe(1);
  });
});

describe('a write', () => {
  test('takes a unit for each KB of the larger item, before or after', () => {
    expect(unitsOf('PutItem', { Item: itemOf('1', 1024) }).writeUnits).toBe(1);
    expect(unitsOf('PutItem', { Item: itemOf('1', 1025) }).writeUnits).toBe(2);
    expect(unitsOf('PutItem', { Item: itemOf('1', 100) }).writeUnits).toBe(2);
    expect(unitsOf('DeleteItem', { Key: key('1') }).writeUnits).toBe(1);
  });

  test('counts twice in a transaction, checks included', () => {
    put(itemOf('1', 100));
    const ConditionCheck = { TableName, Key: key('1'), ConditionExpression: 'attribute_exists(pk)' };
    const TransactItems = [{ Put: { TableName, Item: itemOf('2', 1500) } }, { ConditionCheck }];
    expect(unitsOf('TransactWriteItems', { TransactItems }).writeUnits).toBe(2 * 2 + 2);
  });

  test('counts for each index that it changes: once in place, twice when it moves', () => {
    const at = (gsi1sk: string) => ({ gsi1pk: { S: 'all' }, gsi1sk: { S: gsi1sk } });
    expect(unitsOf('PutItem', { Item: itemOf('1', 100, at('1')) }).writeUnits).toBe(2);
    expect(unitsOf('PutItem', { Item: itemOf('1', 200, at('1')) }).writeUnits).toBe(2);
    expect(unitsOf('PutItem', { Item: itemOf('1', 200, at('1')) }).writeUnits).toBe(1);
    expect(unitsOf('PutItem', { Item: itemOf('1', 200, at('2')) }).writeUnits).toBe(3);
    expect(unitsOf('DeleteItem', { Key: key('1') }).writeUnits).toBe(2);
  });

  test('that is refused for its condition counts, and changes no index', () => {
    const Item = itemOf('1', 1500, { gsi1pk: { S: 'all' }, gsi1sk: { S: '1' } });
    put(Item);
    meter.take();
    const request = { TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' };
    expect(() => meter.execute('PutItem', request)).toThrow('conditional');
    expect(meter.take()).toEqual({ operations: { PutItem: 1 }, readUnits: 0, writeUnits: 2 });
  });
});
