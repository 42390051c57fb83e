import { signalParams, type SignalMethod } from '@muon/contract/signal.ts';
import type * as z from 'zod';
import type { Answer } from './rpc-socket.ts';
import { parseParams, RpcError, type RpcRequest } from './rpc.ts';

export type Params<Method extends SignalMethod> = z.output<(typeof signalParams)[Method]>;

/** What carries out each of some methods; what it throws is the client's answer. */
export type Methods<Names extends SignalMethod> = {
  readonly [Name in Names]: (params: Params<Name>) => Answer | Promise<Answer>;
};

/** Carries out a request with the methods that a client has. */
export async function callMethod(methods: Methods<SignalMethod>, { method, params }: RpcRequest): Promise<Answer> {
  if (!Object.hasOwn(methods, method)) {
    throw new RpcError('methodNotFound', 'There is no such method.', 'method-not-allowed');
  }
  const name = method as SignalMethod;
  return (methods[name] as (given: unknown) => Answer | Promise<Answer>)(parseParams(signalParams[name], params));
}
