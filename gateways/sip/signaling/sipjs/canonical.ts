import { createHash } from 'node:crypto';
import { headerOf, writeSip, type SipRequest, type SipResponse } from '@muon/wire/sip/message.ts';
import { parseVia, writeVia, type Via } from '@muon/wire/sip/via.ts';
import { isSdp, toSipUri, type Answer } from '../request-rules.ts';
import { answerFlow, type Flow } from './flow.ts';
import { ServerTransactions } from './server-transactions.ts';

/** A request whose essentials are there, so that it can be answered. */
export interface Received {
  readonly request: SipRequest;
  /** Where its answers go, and the calls that it is about. */
  readonly flow: Flow;
  readonly via: Via;
  /** The Via of its answers. */
  readonly answerVia: string;
  /** Of the transaction. */
  readonly id: string;
}

const SERVER = 'Muon';

/** Headers that calls need; with any other one sip.js is not bothered. */
const KEPT: readonly (readonly [string, string])[] = [
  ['from', 'From'],
  ['to', 'To'],
  ['call-id', 'Call-ID'],
  ['cseq', 'CSeq'],
  ['record-route', 'Record-Route'],
  ['contact', 'Contact'],
];

const ESSENTIAL = ['from', 'to', 'call-id', 'cseq'] as const;

/**
 * Takes a request in, or not: undefined when there is nobody to answer, or nothing to answer with.
 *
 * @throws ProtocolError when its Via is malformed.
 */
export function receiveRequest(request: SipRequest, flow: Flow): Received | undefined {
  const topmost = headerOf(request, 'via');
  if (topmost === undefined || ESSENTIAL.some((name) => !headerOf(request, name))) return undefined;
  const via = parseVia(topmost);
  return {
    request,
    flow: answerFlow(via, flow),
    via,
    answerVia: writeVia(via, flow),
    id: ServerTransactions.idOf(via, flow),
  };
}

/** The request as sip.js gets it: short, uniform, under the id of its transaction. */
export function toCanonical({ request, via, id }: Received): string {
  const [, ...further] = request.headers.get('via') ?? [];
  const body = isSdp(request) ? request.body : '';
  return writeSip(
    `${request.method} ${toSipUri(request.uri)} SIP/2.0`,
    [
      ['Via', `SIP/2.0/${via.transport} ${id}.invalid;branch=${id}`],
      ...further.map((hop) => ['Via', hop] as const),
      ['Max-Forwards', '70'],
      ...KEPT.flatMap(([name, written]) => valuesOf(request, name).map((value) => [written, value] as const)),
      ...(body === '' ? [] : [['Content-Type', 'application/sdp'] as const]),
    ],
    body,
  );
}

/** A response to a request of ours, short and uniform. */
export function toCanonicalResponse(response: SipResponse): string {
  const kept = [['via', 'Via'] as const, ...KEPT];
  return writeSip(
    `SIP/2.0 ${response.status} Answered`,
    kept.flatMap(([name, written]) => (response.headers.get(name) ?? []).map((value) => [written, value] as const)),
  );
}

/** An answer that needs no call. */
export function writeAnswer({ request, id, answerVia }: Received, { status, phrase, headers = [] }: Answer): string {
  const [, ...further] = request.headers.get('via') ?? [];
  const to = headerOf(request, 'to')!;
  const tagged = /;\s*tag\s*=/i.test(to)
    ? to
    : `${to};tag=${createHash('sha256').update(id).digest('hex').slice(0, 16)}`;
  return writeSip(`SIP/2.0 ${status} ${phrase}`, [
    ['Via', answerVia],
    ...further.map((hop) => ['Via', hop] as const),
    ['From', headerOf(request, 'from')!],
    ['To', tagged],
    ['Call-ID', headerOf(request, 'call-id')!],
    ['CSeq', headerOf(request, 'cseq')!],
    ['Server', SERVER],
    ...headers,
  ]);
}

/** One value of each, but of those that are a path. */
function valuesOf(request: SipRequest, name: string): readonly string[] {
  const values = request.headers.get(name) ?? [];
  return name === 'record-route' ? values : values.slice(0, 1);
}
