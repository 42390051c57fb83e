import { rpcErrorCodes, type SignalErrorCode } from '@muon/contract/signal-error.ts';
import * as z from 'zod';

/** What a client uses to find the answer to its request; echoed as it came. */
export type RpcId = string | number | null;

/** A call of a method; without an id it is a notification, which is never answered. */
export interface RpcRequest {
  readonly method: string;
  readonly params: unknown;
  readonly id: RpcId | undefined;
}

/** A refused request, as JSON-RPC 2.0 puts it; `data.code` is stable. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: number;
  readonly data: { readonly code: SignalErrorCode };
  /** Of the request, where it could be read. */
  readonly id: RpcId;

  constructor(fault: keyof typeof rpcErrorCodes, message: string, code: SignalErrorCode, id: RpcId = null) {
    super(message);
    this.code = rpcErrorCodes[fault];
    this.data = { code };
    this.id = id;
  }
}

const idSchema = z.union([z.string().max(256), z.number(), z.null()]).optional();

/** `jsonrpc` is not asked for: the clients of ion-sfu leave it out. */
const requestSchema = z.object({ method: z.string().max(64), params: z.unknown().optional(), id: idSchema });

/** @throws RpcError when the text is not a request; it has the request's id where that could be read. */
export function parseRpc(text: string): RpcRequest {
  const message = parseJson(text);
  const request = requestSchema.safeParse(message);
  if (!request.success) {
    throw new RpcError('invalidRequest', 'This is not a JSON-RPC request.', 'invalid-request', readId(message));
  }
  const { method, params, id } = request.data;
  return { method, params, id };
}

/** @throws RpcError naming the first place that does not fit. */
export function parseParams<Schema extends z.ZodType>(schema: Schema, params: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new RpcError('invalidParams', `${['params', ...path].join('.')}: ${message}`, 'invalid-request');
}

export function rpcResult(id: RpcId, result: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result });
}

export function rpcFailure(id: RpcId, { code, message, data }: RpcError): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, data } });
}

export function rpcNotice(method: string, params: unknown): string {
  return rpcNoticeOf(method, JSON.stringify(params));
}

/** A notification whose params are JSON already. */
export function rpcNoticeOf(method: string, json: string): string {
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)},"params":${json}}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RpcError('parseError', 'This is not JSON.', 'invalid-request');
  }
}

function readId(message: unknown): RpcId {
  const id = z.object({ id: idSchema }).safeParse(message);
  return id.data?.id ?? null;
}
