import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonRpcPeer } from './json-rpc.ts';

function peer() {
  const sent: Record<string, unknown>[] = [];
  const notices: [string, unknown][] = [];
  const rpc = new JsonRpcPeer(
    (text) => sent.push(JSON.parse(text) as Record<string, unknown>),
    (method, params) => notices.push([method, params]),
  );
  return { rpc, sent, notices };
}

test('answers reach their requests, in whatever order they come', async () => {
  const { rpc, sent } = peer();
  const first = rpc.request('join', { sid: 'algebra' });
  const second = rpc.request('offer', {});
  rpc.receive(JSON.stringify({ id: sent[1]?.['id'], result: 'second' }));
  rpc.receive(JSON.stringify({ jsonrpc: '2.0', id: sent[0]?.['id'], result: 'first' }));
  await expect(Promise.all([first, second])).resolves.toEqual(['first', 'second']);
  expect(sent[0]).toMatchObject({ jsonrpc: '2.0', method: 'join', params: { sid: 'algebra' } });
});

test('a refusal carries its number and its stable code', async () => {
  const { rpc, sent } = peer();
  const joining = rpc.request('join', {});
  const error = { code: 409, message: 'The room is full', data: { code: 'room-full' } };
  rpc.receive(JSON.stringify({ id: sent[0]?.['id'], error }));
  await expect(joining).rejects.toMatchObject({ number: 409, code: 'room-full', message: 'The room is full' });
});

test('notifications are heard, without an answer', () => {
  const { rpc, sent, notices } = peer();
  rpc.receive('{"method":"event","params":{"type":"participantLeft"}}');
  expect(notices).toEqual([['event', { type: 'participantLeft' }]]);
  expect(sent).toEqual([]);
});

test('closing fails what waits and what comes later, and sends nothing more', async () => {
  const { rpc, sent } = peer();
  const waiting = rpc.request('join', {});
  rpc.close(new Error('gone'));
  rpc.notify('answer', {});
  await expect(waiting).rejects.toThrow('gone');
  await expect(rpc.request('offer', {})).rejects.toThrow('gone');
  expect(sent).toHaveLength(1);
});

test('no message of the other side throws', () => {
  const { rpc } = peer();
  const waiting = rpc.request('join', {});
  waiting.catch(() => undefined);
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ id: fc.anything(), error: fc.anything(), result: fc.anything() }).map((value) => JSON.stringify(value)),
  );
  fc.assert(fc.property(texts, (text) => rpc.receive(text)));
});
