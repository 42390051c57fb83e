import { lookup as resolve } from 'node:dns';
import { type ClientRequest, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Message, Send } from '../operations/lanes.ts';
import { isAllowedAddress, type Targets, toTargetCheck } from './target.ts';

/** How long a receiver may take to answer, the connection included. */
const TIMEOUT_MS = 10_000;

export interface SenderOptions {
  readonly targets: Targets;
  readonly timeoutMs?: number;
}

/**
 * Posts messages to receivers that may be anybody's: at allowed addresses only, redirects not followed, what they answer
 * not read beyond its status.
 */
export function toSender({ targets, timeoutMs = TIMEOUT_MS }: SenderOptions): Send {
  const check = toTargetCheck(targets);
  return async (message) => {
    const refusal = check(message.url);
    if (refusal !== undefined) return { error: refusal };
    try {
      const statusCode = await post(message, { targets, timeoutMs });
      if (statusCode >= 200 && statusCode < 300) return { statusCode };
      return { statusCode, error: `answered ${statusCode}` };
    } catch (error) {
      return { error: toReason(error) };
    }
  };
}

/** The status that is answered. */
function post({ url, headers, body }: Message, { targets, timeoutMs }: Required<SenderOptions>): Promise<number> {
  const { promise, resolve: answered, reject } = Promise.withResolvers<number>();
  const request: ClientRequest = (url.startsWith('https:') ? requestHttps : requestHttp)(url, {
    method: 'POST',
    // No connection is kept: a receiver that moves is found again, and the next one meets no leftovers of this one.
    agent: false,
    headers: {
      ...headers,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'Muon-Webhooks/1',
      connection: 'close',
    },
    lookup: toLookup(targets),
  });
  const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  request.on('response', (response) => {
    answered(response.statusCode ?? 0);
    // What else it says is of no interest, and may never end.
    response.on('error', () => undefined);
    response.destroy();
  });
  request.on('error', reject);
  request.on('close', () => {
    clearTimeout(timer);
    reject(new Error('closed without an answer'));
  });
  request.end(body);
  return promise;
}

/** Resolves names to allowed addresses only. The connection goes to what was checked, not to what is resolved later. */
function toLookup(targets: Targets): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      const allowed = (found ?? []).filter(({ address }) => isIP(address) !== 0 && isAllowedAddress(address, targets));
      const [first] = allowed;
      if (error) callback(error, '', 0);
      else if (!first) callback(new Error('not a public address'), '', 0);
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

/** What helps the receiver's owner; nothing of this machine. */
function toReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connection refused',
    ECONNRESET: 'connection reset',
    ENOTFOUND: 'the name does not exist',
    EAI_AGAIN: 'the name could not be resolved',
    EHOSTUNREACH: 'host unreachable',
    ENETUNREACH: 'network unreachable',
    ETIMEDOUT: 'connection timed out',
  };
  return (code === undefined ? undefined : reasons[code]) ?? message.slice(0, 200);
}
