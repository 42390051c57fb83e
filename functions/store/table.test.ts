import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { absent, Table } from './table.ts';

/** A DynamoDB that cancels transactions with given reasons, one list after the other, and then does them. */
class Cancelling {
  sent = 0;
  readonly #reasons: string[][];

  constructor(...reasons: string[][]) {
    this.#reasons = reasons;
  }

  send(): Promise<object> {
    this.sent += 1;
    const codes = this.#reasons.shift();
    if (!codes) return Promise.resolve({});
    const CancellationReasons = codes.map((Code) => ({ Code }));
    return Promise.reject(new TransactionCanceledException({ message: 'no', CancellationReasons, $metadata: {} }));
  }
}

const put = (pk: string) => ({ kind: 'Put', item: { pk, sk: 'x' }, guard: absent }) as const;
const both = { one: put('1'), two: put('2') };
const toTable = (client: Cancelling) => new Table(client as unknown as DynamoDBDocumentClient, 'table');
const write = (client: Cancelling) => toTable(client).write(both);

test('a transaction that meets another is tried again', async () => {
  const client = new Cancelling(['None', 'TransactionConflict'], ['TransactionConflict', 'None']);
  expect(await write(client)).toBeUndefined();
  expect(client.sent).toBe(3);
});

test('one that meets others all the time gives up, and blames no guard', async () => {
  const always = () => new Cancelling(...Array.from({ length: 9 }, () => ['None', 'TransactionConflict']));
  const client = always();
  await expect(write(client)).rejects.toMatchObject({ code: 'overloaded', retryAfterSeconds: 1 });
  expect(client.sent).toBe(4);
  expect(await toTable(always()).tryWrite(both)).toEqual({ part: 'two', why: 'conflict' });
});

test('a guard that does not hold is told at once', async () => {
  const client = new Cancelling(['TransactionConflict', 'ConditionalCheckFailed']);
  expect(await write(client)).toBe('two');
  expect(client.sent).toBe(1);
});

test('any other failure is thrown', async () => {
  await expect(write(new Cancelling(['None', 'ValidationError']))).rejects.toThrow('no');
});

test('a transaction of which a part is throttled is tried again, and given up as overload', async () => {
  expect(await write(new Cancelling(['None', 'ThrottlingError']))).toBeUndefined();
  const always = new Cancelling(...Array.from({ length: 9 }, () => ['ProvisionedThroughputExceeded', 'None']));
  await expect(toTable(always).tryWrite(both)).rejects.toMatchObject({ code: 'overloaded' });
  expect(always.sent).toBe(4);
});

test.each(['TimeoutError', 'ThrottlingException', 'InternalServerError', 'TransactionInProgressException'])(
  'after %s, nobody is told that something was done, or was not',
  async (name) => {
    const client = { send: () => Promise.reject(Object.assign(new Error('no'), { name })) };
    const table = new Table(client as unknown as DynamoDBDocumentClient, 'table');
    const overloaded = { code: 'overloaded', message: expect.stringContaining('not known') as string };
    await expect(table.write(both)).rejects.toMatchObject(overloaded);
    await expect(table.get({ pk: '1', sk: 'x' })).rejects.toMatchObject(overloaded);
    await expect(table.query({ hash: '1' })).rejects.toMatchObject(overloaded);
  },
);
