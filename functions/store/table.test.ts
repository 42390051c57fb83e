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

function write(client: Cancelling): Promise<string | undefined> {
  const put = (pk: string) => ({ kind: 'Put', item: { pk, sk: 'x' }, guard: absent }) as const;
  return new Table(client as unknown as DynamoDBDocumentClient, 'table').write({ one: put('1'), two: put('2') });
}

test('a transaction that meets another is tried again', async () => {
  const client = new Cancelling(['None', 'TransactionConflict'], ['TransactionConflict', 'None']);
  expect(await write(client)).toBeUndefined();
  expect(client.sent).toBe(3);
});

test('one that meets others all the time gives up, naming where', async () => {
  const client = new Cancelling(...Array.from({ length: 9 }, () => ['None', 'TransactionConflict']));
  expect(await write(client)).toBe('two');
  expect(client.sent).toBe(4);
});

test('a guard that does not hold is told at once', async () => {
  const client = new Cancelling(['TransactionConflict', 'ConditionalCheckFailed']);
  expect(await write(client)).toBe('two');
  expect(client.sent).toBe(1);
});

test('any other failure is thrown', async () => {
  await expect(write(new Cancelling(['None', 'ValidationError']))).rejects.toThrow('no');
});
