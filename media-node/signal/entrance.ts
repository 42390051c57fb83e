import { signalCloseCodes, signalParams } from '@muon/contract/signal.ts';
import { problems } from '@muon/contract/problem.ts';
import type { AccessClaims } from '@muon/contract/token.ts';
import type { WebSocket } from 'ws';
import type { NodeContext } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { Client, type ClientOptions } from './client.ts';
import { toRpcError } from './failure.ts';
import { parseRpc, RpcError, rpcFailure, type RpcRequest } from './rpc.ts';

/** How long a client with a bad token may take for its first request, which is answered with why. */
const LAST_WORD_MS = 1000;

/** A client that has its WebSocket and does not join holds it for nothing. */
const JOIN_TIMEOUT_MS = 30_000;

/**
 * Hears the first message of a new WebSocket. `resume` goes on with a session, by its own secret alone; everything else
 * begins one, for those whose access token is good.
 */
export function enter(socket: WebSocket, claims: AccessClaims | Refusal, options: ClientOptions): void {
  const { node, attendance, joined } = options;
  if (!(claims instanceof Refusal)) attendance.identified(claims);
  const timer = setTimeout(
    () => end(socket, claims, options),
    claims instanceof Refusal ? LAST_WORD_MS : JOIN_TIMEOUT_MS,
  );
  const enterRoom = (): void => {
    clearTimeout(timer);
    joined();
  };
  const countBad = (): void => node.metrics.badRequests.inc({ at: 'signal' });
  socket.on('close', () => clearTimeout(timer));
  socket.on('error', countBad);
  socket.once('message', (data: Buffer, binary: boolean) => {
    const request = binary ? undefined : readRequest(data.toString());
    if (request && resume(socket, request, node)) {
      socket.off('error', countBad);
      return enterRoom();
    }
    if (claims instanceof Refusal) {
      clearTimeout(timer);
      const fault = request?.method === 'resume' ? nothingToResume : toRpcError(claims)!;
      if (request?.id !== undefined) socket.send(rpcFailure(request.id, fault));
      return end(socket, claims, options);
    }
    socket.off('error', countBad);
    void new Client(socket, claims, { ...options, joined: enterRoom });
    // Whether it fits is for the client to say; a `resume` of nothing is answered there, too.
    socket.emit('message', data, binary);
  });
}

function end(socket: WebSocket, claims: AccessClaims | Refusal, { node, attendance }: ClientOptions): void {
  if (!(claims instanceof Refusal)) {
    node.metrics.refusedRequests.inc({ code: 'join-timeout' });
    attendance.failed({ code: 'join-timeout', message: 'The client did not join.' });
    return socket.close(signalCloseCodes.invalidRequest, 'join-timeout');
  }
  const { code } = claims;
  node.metrics.refusedTokens.inc({ code });
  attendance.failed(claims);
  const closeCode = problems[code].status === 403 ? signalCloseCodes.forbidden : signalCloseCodes.unauthenticated;
  socket.close(closeCode, code);
}

const nothingToResume = new RpcError('notFound', 'There is nothing to resume; join again.', 'session-not-found');

function resume(socket: WebSocket, { method, params, id }: RpcRequest, { sessions, metrics }: NodeContext): boolean {
  if (method !== 'resume') return false;
  const parsed = signalParams.resume.safeParse(params);
  const session = parsed.success ? sessions.find(parsed.data.resumeToken) : undefined;
  metrics.resumes.inc({ outcome: session ? 'resumed' : 'not-found' });
  session?.resume(socket, id);
  return session !== undefined;
}

function readRequest(text: string): RpcRequest | undefined {
  try {
    return parseRpc(text);
  } catch {
    return undefined;
  }
}
