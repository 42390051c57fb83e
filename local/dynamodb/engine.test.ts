import {
  CreateTableCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  type TransactWriteItem,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { openEmbedded, thingsTable } from './client.fixture.ts';
import { Engine } from './engine.ts';

const TableName = 'things';

let client: DynamoDBClient;
let engine: Engine;
let nowMs: number;

beforeEach(async () => {
  nowMs = 1_000_000;
  ({ client, engine } = openEmbedded(':memory:', () => nowMs));
  await client.send(new CreateTableCommand(thingsTable));
});

const keyOf = (name: string) => ({ pk: { S: name }, sk: { S: 'x' } });
const put = (name: string, n = 0) =>
  client.send(new PutItemCommand({ TableName, Item: { ...keyOf(name), n: { N: String(n) } } }));
const numberOf = async (name: string) =>
  (await client.send(new GetItemCommand({ TableName, Key: keyOf(name) }))).Item?.['n']?.N;
const add = (name: string, n: number, most = 100): TransactWriteItem => ({
  Update: {
    TableName,
    Key: keyOf(name),
    UpdateExpression: 'ADD n :n',
    ConditionExpression: 'n <= :most',
    ExpressionAttributeValues: { ':n': { N: String(n) }, ':most': { N: String(most) } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
});

describe('a transaction', () => {
  test('does all or nothing, and says which part was refused and what was there', async () => {
    await Promise.all([put('a', 1), put('b', 7)]);
    const refused = client.send(new TransactWriteItemsCommand({ TransactItems: [add('a', 1), add('b', 1, 5)] }));
    await expect(refused).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'ConditionalCheckFailed', Item: { n: { N: '7' }, pk: { S: 'b' } } },
      ],
    });
    expect(await numberOf('a')).toBe('1');
    await client.send(new TransactWriteItemsCommand({ TransactItems: [add('a', 1), add('b', 1)] }));
    expect([await numberOf('a'), await numberOf('b')]).toEqual(['2', '8']);
  });

  test('that is sent again with its token is done once', async () => {
    await put('a');
    const request = { ClientRequestToken: 'once', TransactItems: [add('a', 1)] };
    await client.send(new TransactWriteItemsCommand(request));
    await client.send(new TransactWriteItemsCommand(request));
    expect(await numberOf('a')).toBe('1');
    const other = client.send(new TransactWriteItemsCommand({ ...request, TransactItems: [add('a', 2)] }));
    await expect(other).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' });
    nowMs += 600_001;
    await client.send(new TransactWriteItemsCommand({ ...request, TransactItems: [add('a', 2)] }));
    expect(await numberOf('a')).toBe('3');
  });

  test('may not touch an item twice', async () => {
    const twice = client.send(new TransactWriteItemsCommand({ TransactItems: [add('a', 1), add('a', 1)] }));
    await expect(twice).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('that only checks and deletes', async () => {
    await Promise.all([put('a'), put('b')]);
    await client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { ConditionCheck: { TableName, Key: keyOf('a'), ConditionExpression: 'attribute_exists(pk)' } },
          { Delete: { TableName, Key: keyOf('b') } },
        ],
      }),
    );
    const TransactItems = ['a', 'b'].map((name) => ({ Get: { TableName, Key: keyOf(name) } }));
    const { Responses } = await client.send(new TransactGetItemsCommand({ TransactItems }));
    expect(Responses?.map(({ Item }) => Boolean(Item))).toEqual([true, false]);
  });
});

test('a batch writes and reads many', async () => {
  const names = Array.from({ length: 25 }, (_, index) => `batch-${index}`);
  await client.send(
    new BatchWriteItemCommand({
      RequestItems: { [TableName]: names.map((name) => ({ PutRequest: { Item: keyOf(name) } })) },
    }),
  );
  await client.send(
    new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ DeleteRequest: { Key: keyOf('batch-0') } }] } }),
  );
  const { Responses } = await client.send(
    new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: names.map(keyOf) } } }),
  );
  expect(Responses?.[TableName]).toHaveLength(24);
});

test('an index follows its items: entered, moved, left', async () => {
  const set = (update: string, values?: Record<string, { S: string }>) =>
    client.send(
      new UpdateItemCommand({
        TableName,
        Key: keyOf('a'),
        UpdateExpression: update,
        ExpressionAttributeValues: values,
      }),
    );
  const found = async (hash: string) => {
    const query = {
      TableName,
      IndexName: 'gsi',
      KeyConditionExpression: 'gpk = :h',
      ExpressionAttributeValues: { ':h': { S: hash } },
    };
    return (await client.send(new QueryCommand(query))).Count;
  };
  await set('SET gpk = :h, gsk = :r', { ':h': { S: 'g' }, ':r': { S: '1' } });
  expect([await found('g'), await found('h')]).toEqual([1, 0]);
  await set('SET gpk = :h', { ':h': { S: 'h' } });
  expect([await found('g'), await found('h')]).toEqual([0, 1]);
  await set('REMOVE gsk');
  expect([await found('g'), await found('h')]).toEqual([0, 0]);
});

test('pages lead through everything once, whatever the direction', async () => {
  for (let index = 0; index < 25; index += 1)
    await client.send(
      new PutItemCommand({
        TableName,
        Item: { pk: { S: 'p' }, sk: { S: `${100 + index}` }, gpk: { S: 'g' }, gsk: { S: `${index % 3}` } },
      }),
    );
  for (const IndexName of [undefined, 'gsi'])
    for (const ScanIndexForward of [true, false]) {
      const seen: string[] = [];
      let ExclusiveStartKey;
      do {
        const page: { Items?: Record<string, { S?: string }>[]; LastEvaluatedKey?: never } = (await client.send(
          new QueryCommand({
            TableName,
            IndexName,
            ScanIndexForward,
            KeyConditionExpression: `${IndexName ? 'gpk' : 'pk'} = :h`,
            ExpressionAttributeValues: { ':h': { S: IndexName ? 'g' : 'p' } },
            Limit: 4,
            ExclusiveStartKey,
          }),
        )) as never;
        seen.push(...(page.Items ?? []).map((item) => item['sk']?.S ?? ''));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey);
      expect(new Set(seen).size).toBe(25);
      expect(seen).toHaveLength(25);
    }
});

test('a page ends at a megabyte', async () => {
  const big = 'x'.repeat(300 * 1024);
  for (const sk of ['1', '2', '3', '4', '5'])
    await client.send(new PutItemCommand({ TableName, Item: { pk: { S: 'p' }, sk: { S: sk }, big: { S: big } } }));
  const page = await client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: 'p' } },
    }),
  );
  expect(page.Count).toBe(4);
  expect(page.LastEvaluatedKey).toEqual({ pk: { S: 'p' }, sk: { S: '4' } });
});

test('what has expired is swept away, also from indexes', async () => {
  await client.send(
    new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true } }),
  );
  const entry = { gpk: { S: 'g' }, gsk: { S: '1' } };
  await client.send(new PutItemCommand({ TableName, Item: { ...keyOf('old'), ...entry, ttl: { N: '1001' } } }));
  await client.send(new PutItemCommand({ TableName, Item: { ...keyOf('new'), ...entry, ttl: { N: '2000' } } }));
  nowMs = 1_001_000;
  engine.sweep();
  const query = {
    TableName,
    IndexName: 'gsi',
    KeyConditionExpression: 'gpk = :g',
    ExpressionAttributeValues: { ':g': { S: 'g' } },
  };
  const { Items } = await client.send(new QueryCommand(query));
  expect(Items?.map((item) => item['pk']?.S)).toEqual(['new']);
});

test('an empty string is a value like any other', async () => {
  const item = { ...keyOf('empty'), a: { S: '' } };
  await client.send(new PutItemCommand({ TableName, Item: item }));
  const change = new PutItemCommand({
    TableName,
    Item: { ...item, b: { S: '' } },
    ConditionExpression: 'a IN (:a, :b) AND attribute_exists(a)',
    ExpressionAttributeValues: { ':a': { S: 'x' }, ':b': { S: '' } },
  });
  await client.send(change);
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: keyOf('empty') }));
  expect(Item).toEqual({ ...item, b: { S: '' } });
});

describe('refused by name', () => {
  test('an operation that it does not have', async () => {
    await expect(client.send(new DeleteTableCommand({ TableName }))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
  });

  test('a table that is there already, and one that is not', async () => {
    await expect(client.send(new CreateTableCommand(thingsTable))).rejects.toMatchObject({
      name: 'ResourceInUseException',
    });
    await expect(client.send(new GetItemCommand({ TableName: 'others', Key: keyOf('a') }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test.each([
    ['an item over 400 KB', { big: { S: 'x'.repeat(400 * 1024) } }],
    ['a number of 39 digits', { n: { N: '1'.repeat(39) } }],
    ['an empty set', { s: { SS: [] } }],
    ['an index key of another type', { gpk: { N: '1' } }],
    ['an empty key', { sk: { S: '' } }],
    ['a key over 1024 bytes', { sk: { S: 'x'.repeat(1025) } }],
  ])('%s', async (_, attributes) => {
    const refused = client.send(new PutItemCommand({ TableName, Item: { ...keyOf('a'), ...attributes } }));
    await expect(refused).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('a placeholder that no expression uses', async () => {
    const refused = client.send(
      new PutItemCommand({
        TableName,
        Item: keyOf('a'),
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':unused': { S: '' } },
      }),
    );
    await expect(refused).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

test('what was written is told once it is done, and nothing of what was not', () => {
  const told: string[] = [];
  const streaming = new Engine(':memory:', Date.now, (changes) =>
    told.push(changes.map(({ eventName, keys }) => `${eventName} ${JSON.stringify(keys)}`).join(', ')),
  );
  streaming.execute('CreateTable', {
    TableName: 'table',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  });
  const toPut = (pk: string, more = {}) => ({ TableName: 'table', Item: { pk: { S: pk } }, ...more });
  const never = { ConditionExpression: 'attribute_exists(missing)' };
  streaming.execute('PutItem', toPut('a'));
  streaming.execute('TransactWriteItems', { TransactItems: [{ Put: toPut('a') }, { Put: toPut('b') }] });
  expect(() => streaming.execute('PutItem', toPut('c', never))).toThrow('conditional request failed');
  expect(() =>
    streaming.execute('TransactWriteItems', { TransactItems: [{ Put: toPut('d') }, { Put: toPut('e', never) }] }),
  ).toThrow('Transaction cancelled');
  streaming.execute('DeleteItem', { TableName: 'table', Key: { pk: { S: 'b' } } });
  streaming.execute('DeleteItem', { TableName: 'table', Key: { pk: { S: 'never there' } } });
  expect(told).toEqual([
    'INSERT {"pk":{"S":"a"}}',
    'MODIFY {"pk":{"S":"a"}}, INSERT {"pk":{"S":"b"}}',
    'REMOVE {"pk":{"S":"b"}}',
  ]);
  streaming.close();
});
