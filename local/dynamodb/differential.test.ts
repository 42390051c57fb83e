import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { Server } from 'node:http';
import {
  type AttributeValue,
  CreateTableCommand,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  type GetItemCommandInput,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import { until } from '@muon/test/support/until.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEmbedded, openRemote, thingsTable } from './client.fixture.ts';

const dynalite = createRequire(import.meta.url)('dynalite') as (options: object) => Server;

let server: Server;
let reference: DynamoDBClient;
const { client: embedded, engine } = openEmbedded();

beforeAll(async () => {
  server = dynalite({ createTableMs: 0 }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  reference = openRemote(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
  for (const client of [embedded, reference]) await client.send(new CreateTableCommand(thingsTable));
  await until('the table is there', async () => {
    const { Table } = await reference.send(new DescribeTableCommand({ TableName }));
    return Table?.TableStatus === 'ACTIVE';
  });
});

afterAll(() => {
  reference.destroy();
  server.close();
  engine.close();
});

const TableName = 'things';

/** Each takes what is generated for it; the types of the SDK cannot know. */
const operations = {
  put: (input: object) => new PutItemCommand(input as PutItemCommandInput),
  update: (input: object) => new UpdateItemCommand(input as UpdateItemCommandInput) as unknown as PutItemCommand,
  delete: (input: object) => new DeleteItemCommand(input as DeleteItemCommandInput) as unknown as PutItemCommand,
  get: (input: object) => new GetItemCommand(input as GetItemCommandInput) as unknown as PutItemCommand,
  query: (input: object) => new QueryCommand(input as QueryCommandInput) as unknown as PutItemCommand,
};

/** A request, as it is shown when the two differ. */
type Request = readonly [keyof typeof operations, Record<string, unknown>];

/** dynalite compares these as DynamoDB does; empty strings, lists, maps and absent attributes it does not. */
const scalar = fc.oneof(
  fc.integer({ min: -99, max: 99 }).map((n): AttributeValue => ({ N: String(n) })),
  fc.constantFrom('a', 'ab', 'abc', 'é').map((S): AttributeValue => ({ S })),
);

const value = fc.oneof(
  scalar,
  fc.boolean().map((BOOL): AttributeValue => ({ BOOL })),
  fc.constant<AttributeValue>({ NULL: true }),
  fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }).map((SS): AttributeValue => ({ SS })),
  fc.uniqueArray(fc.constantFrom('1', '2', '3'), { minLength: 1 }).map((NS): AttributeValue => ({ NS })),
  fc
    .array(fc.integer({ min: 0, max: 3 }).map((n): AttributeValue => ({ N: String(n) })))
    .map((L): AttributeValue => ({ L })),
  fc
    .record({ x: fc.integer({ min: 0, max: 3 }).map((n): AttributeValue => ({ N: String(n) })) })
    .map((M): AttributeValue => ({ M })),
);

const Key = fc.record({
  pk: fc.constantFrom('p', 'q').map((S) => ({ S })),
  sk: fc.constantFrom('a', 'ab', 'b', 'é', '\u{1f600}').map((S) => ({ S })),
});

const attributes = fc.record({ a: value, b: value, c: value }, { requiredKeys: [] });

/** Each as an expression and the values that it names. */
const conditions = [
  'attribute_exists(a)',
  'attribute_not_exists(pk)',
  'a = :v',
  'a <> :v',
  'a < :v AND b >= :v',
  'NOT (a = :v) OR attribute_type(b, :t)',
  'begins_with(a, :s)',
  'contains(b, :s)',
  'size(#c) > :n',
  'a IN (:v, :n)',
  'b BETWEEN :n AND :m',
  'c.x = :n',
  'c[0] = :n',
  'a = :v AND',
  'a ? :v',
];

const updates = [
  'SET a = :v',
  'SET a = if_not_exists(a, :n) + :n',
  'SET a = :n - :m, b = :v',
  'SET #c = list_append(if_not_exists(#c, :l), :l)',
  'SET c.x = :v',
  'SET c[1] = :v',
  'SET c[0] = :n REMOVE c[1]',
  'REMOVE a, b',
  'REMOVE c.x',
  // Not `c[0], c[1]`: dynalite counts anew after the first.
  'REMOVE c[1]',
  'ADD a :n',
  'ADD b :ss',
  'DELETE b :ss',
  'SET a = b',
  'SET a = :v, a = :n',
  'SET pk = :v',
  'SET',
  'ADD a :v DELETE b :ss SET #c = :n',
];

const values: Record<string, AttributeValue> = {
  ':t': { S: 'S' },
  ':s': { S: 'a' },
  ':u': { S: 'é' },
  ':n': { N: '1' },
  ':m': { N: '50' },
  ':l': { L: [{ N: '1' }] },
  ':ss': { SS: ['a', 'b'] },
};

/** The placeholders that the expressions of one request use. */
function placeholders(v: AttributeValue, ...expressions: (string | undefined)[]) {
  const text = expressions.join(' ');
  const used = Object.entries({ ...values, ':v': v }).filter(([name]) => new RegExp(`${name}\\b`).test(text));
  return {
    ...(text.includes('#c') ? { ExpressionAttributeNames: { '#c': 'c' } } : {}),
    ...(used.length > 0 ? { ExpressionAttributeValues: Object.fromEntries(used) } : {}),
  };
}

const condition = fc.option(fc.constantFrom(...conditions), { nil: undefined });
const limit = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined });

const put = fc.tuple(Key, attributes, condition, scalar).map(([key, rest, ConditionExpression, v]): Request => {
  const Item = { ...key, ...rest, gpk: { S: 'g' }, gsk: { S: `${key.sk.S}${key.pk.S}` } };
  const named = placeholders(v, ConditionExpression);
  return ['put', { Item, ConditionExpression, ReturnValues: 'ALL_OLD', ...named }];
});

const returnValues = fc.constantFrom('NONE', 'ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW');

const update = fc
  .tuple(Key, fc.constantFrom(...updates), condition, scalar, returnValues)
  .map(([key, UpdateExpression, ConditionExpression, v, ReturnValues]): Request => {
    const named = placeholders(v, UpdateExpression, ConditionExpression);
    return ['update', { Key: key, UpdateExpression, ConditionExpression, ReturnValues, ...named }];
  });

const remove = fc.tuple(Key, condition, scalar).map(([key, ConditionExpression, v]): Request => {
  const named = placeholders(v, ConditionExpression);
  return ['delete', { Key: key, ConditionExpression, ReturnValues: 'ALL_OLD', ...named }];
});

const get = fc
  .tuple(Key, fc.constantFrom(undefined, 'a', 'c.x, b', 'c[0], sk', 'pk, c'))
  .map(([key, ProjectionExpression]): Request => ['get', { Key: key, ProjectionExpression }]);

const ranges = [
  '',
  'sk = :s',
  'sk > :s',
  'begins_with(sk, :s)',
  'sk BETWEEN :s AND :t',
  'sk BETWEEN :s AND :u',
  'a = :s',
];

const query = fc
  .tuple(fc.constantFrom(...ranges), fc.constantFrom(undefined, 'attribute_exists(a)', 'b = :n'), fc.boolean(), limit)
  .map(([range, FilterExpression, ScanIndexForward, Limit]): Request => {
    const KeyConditionExpression = `pk = :p${range === '' ? '' : ` AND ${range}`}`;
    const named = placeholders({ S: '' }, KeyConditionExpression, FilterExpression).ExpressionAttributeValues;
    const ExpressionAttributeValues = { ':p': { S: 'p' }, ...named };
    const input = { KeyConditionExpression, FilterExpression, ExpressionAttributeValues, ScanIndexForward, Limit };
    return ['query', input];
  });

const queryIndex = fc.tuple(fc.boolean(), limit).map(([ScanIndexForward, Limit]): Request => {
  const KeyConditionExpression = 'gpk = :g';
  const ExpressionAttributeValues = { ':g': { S: 'g' } };
  const input = { IndexName: 'gsi', KeyConditionExpression, ExpressionAttributeValues, ScanIndexForward, Limit };
  return ['query', input];
});

/** What a database answers, or as what it refuses. */
async function outcome(client: DynamoDBClient, [name, input]: Request): Promise<unknown> {
  try {
    const { $metadata: _, ...answer } = await client.send(operations[name]({ TableName, ...input }));
    // dynalite shows attributes that there are none of as an empty map, DynamoDB not at all.
    if (Object.keys(answer.Attributes ?? {}).length === 0) delete answer.Attributes;
    return JSON.parse(JSON.stringify(answer), sortSets) as unknown;
  } catch (error) {
    return (error as Error).name;
  }
}

function sortSets(key: string, content: unknown): unknown {
  return key === 'SS' || key === 'NS' ? (content as string[]).toSorted() : content;
}

test('whatever is asked, the embedded engine answers as dynalite does', { timeout: 60_000 }, async () => {
  const requests = fc.array(fc.oneof(put, update, remove, get, query, queryIndex), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(requests, async (sequence) => {
      for (const request of sequence) {
        const [ours, theirs] = await Promise.all([outcome(embedded, request), outcome(reference, request)]);
        expect(ours, JSON.stringify(request)).toEqual(theirs);
      }
    }),
    { numRuns: 100 },
  );
});
