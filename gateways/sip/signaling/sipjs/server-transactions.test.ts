import { parseVia } from '@muon/wire/sip/via.ts';
import { expect, test } from 'vitest';
import { ServerTransactions } from './server-transactions.ts';

const flow = { transport: 'UDP', address: '10.0.0.7', port: 5060 } as const;
const via = parseVia('SIP/2.0/UDP 10.0.0.7;branch=z9hG4bKa');

function open() {
  const sent: string[] = [];
  const transactions = new ServerTransactions({ send: (text) => sent.push(text), onRepeat: () => {} });
  return { sent, transactions };
}

test('a request is told from the same one of another peer', () => {
  const id = ServerTransactions.idOf(via, flow);
  expect(ServerTransactions.idOf(via, flow)).toBe(id);
  for (const other of [
    { ...flow, address: '10.0.0.8' },
    { ...flow, port: 5061 },
    { ...flow, transport: 'TCP' as const },
  ]) {
    expect(ServerTransactions.idOf(via, other)).not.toBe(id);
  }
});

test('a repeated request is given its answer again, and forgotten in the end', () => {
  const { sent, transactions } = open();
  expect(transactions.open('id', 'BYE', { via: 'via', flow })).toBe('new');
  expect(transactions.open('id', 'BYE', { via: 'via', flow })).toBe('pending');
  transactions.respond('id', { method: 'BYE', status: 200 }, (answerVia) => `ok ${answerVia}`);
  expect(transactions.open('id', 'BYE', { via: 'via', flow })).toBe('repeated');
  expect(sent).toEqual(['ok via', 'ok via']);
  transactions.poll(performance.now() + 33_000);
  expect(transactions.size).toBe(0);
});

test('a refused INVITE is refused until it is acknowledged', () => {
  const { sent, transactions } = open();
  transactions.open('id', 'INVITE', { via: 'via', flow });
  transactions.respond('id', { method: 'INVITE', status: 486 }, () => 'busy');
  transactions.poll(performance.now() + 600);
  transactions.acknowledge('id');
  transactions.poll(performance.now() + 5000);
  expect(sent).toEqual(['busy', 'busy']);
});

test('what no call came of is answered once for each time that it comes', () => {
  const { sent, transactions } = open();
  transactions.open('id', 'INVITE', { via: 'via', flow });
  transactions.answer('id', 'INVITE', 'too fast');
  transactions.poll(performance.now() + 600);
  transactions.open('id', 'INVITE', { via: 'via', flow });
  expect(sent).toEqual(['too fast', 'too fast']);
});

test('no more requests are open at once than there is place for', () => {
  const { transactions } = open();
  const answers = Array.from({ length: 20_001 }, (_, i) => transactions.open(`${i}`, 'INVITE', { via: 'via', flow }));
  expect(answers.filter((answer) => answer === 'full')).toHaveLength(1);
});
