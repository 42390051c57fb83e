import { problems } from '@muon/contract/problem.ts';
import { rpcErrorCodes, signalErrors, type SignalErrorCode } from '@muon/contract/signal-error.ts';
import { NegotiationError } from '../io/connection.ts';
import { TooManyHandshakesError } from '../io/handshakes.ts';
import { Refusal } from '../refusal.ts';
import { RpcError } from './rpc.ts';

/** JSON-RPC's number for each HTTP status that a refusal has. */
const faultOfStatus: Readonly<Record<number, keyof typeof rpcErrorCodes>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'notFound',
  409: 'conflict',
  429: 'tooManyRequests',
  503: 'unavailable',
};

/** What a client is told of an error; `undefined` when it is none that it could know of. */
export function toRpcError(error: unknown): RpcError | undefined {
  if (error instanceof RpcError) return error;
  if (error instanceof NegotiationError) return new RpcError('invalidParams', error.message, 'invalid-request');
  if (error instanceof TooManyHandshakesError) {
    const fault = error.code === 'no-node-available' ? 'unavailable' : 'tooManyRequests';
    return new RpcError(fault, 'Too many clients are connecting; try again.', error.code);
  }
  if (error instanceof Refusal) {
    const fault = faultOfStatus[problems[error.code].status] ?? 'internal';
    const code = Object.hasOwn(signalErrors, error.code) ? (error.code as SignalErrorCode) : 'internal-error';
    return new RpcError(fault, error.message, code);
  }
  return undefined;
}

export const internalError = new RpcError('internal', 'Something went wrong here.', 'internal-error');
