import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signalParams } from '@muon/contract/signal.ts';
import { parseParams, parseRpc, RpcError, rpcFailure } from './rpc.ts';

describe('a JSON-RPC request', () => {
  test('is read without the jsonrpc member, which ion-sfu clients leave out', () => {
    expect(parseRpc('{"method":"join","params":{"sid":"a"},"id":"7"}')).toEqual({
      method: 'join',
      params: { sid: 'a' },
      id: '7',
    });
  });

  test('without an id is a notification', () => {
    expect(parseRpc('{"method":"answer","params":{}}').id).toBeUndefined();
  });

  test.each([
    ['not JSON', '{"method":', -32_700, null],
    ['empty', '', -32_700, null],
    ['a batch', '[{"method":"join","id":1}]', -32_600, null],
    ['null', 'null', -32_600, null],
    ['without a method', '{"id":"7"}', -32_600, '7'],
    ['with a number as method', '{"method":1,"id":7}', -32_600, 7],
    ['with an object as id', '{"method":"join","id":{}}', -32_600, null],
  ])('that is %s is answered with the code of JSON-RPC 2.0', (_, text, code, id) => {
    expect(refusal(() => parseRpc(text))).toMatchObject({ code, id });
  });

  test('is a request or an RpcError, whatever text comes', () => {
    const requests = fc.record({ method: fc.jsonValue(), id: fc.jsonValue() }).map((value) => JSON.stringify(value));
    const texts = fc.oneof(fc.string(), fc.json(), requests);
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(typeof parseRpc(text).method).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(RpcError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('whose params do not fit is told where', () => {
    const read = () => parseParams(signalParams.trickle, { target: 2, candidate: { candidate: '' } });
    expect(refusal(read)).toMatchObject({ code: -32_602, message: expect.stringContaining('params.target') });
  });

  test('that failed has a stable code in data', () => {
    const failure = rpcFailure('7', new RpcError('conflict', 'Already joined.', 'conflict'));
    expect(JSON.parse(failure)).toEqual({
      jsonrpc: '2.0',
      id: '7',
      error: { code: 409, message: 'Already joined.', data: { code: 'conflict' } },
    });
  });
});

function refusal(act: () => unknown): RpcError {
  try {
    act();
  } catch (error) {
    if (error instanceof RpcError) return error;
  }
  throw new Error('was not refused');
}
