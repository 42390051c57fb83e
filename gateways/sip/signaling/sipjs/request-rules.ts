import { createHash } from 'node:crypto';
import { headerOf, writeSip, type SipRequest, type SipResponse } from '@muon/wire/sip/message.ts';
import { parseVia, writeVia, type Via } from '@muon/wire/sip/via.ts';
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

/** What a request gets without a look at calls. */
export interface Answer {
  readonly status: number;
  readonly phrase: string;
  readonly headers?: readonly (readonly [string, string])[];
}

const SERVER = 'Muon';

export const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS';

/** Methods of calls, which sip.js sees; it never sees another. */
const CALL_METHODS: ReadonlySet<string> = new Set(['INVITE', 'ACK', 'CANCEL', 'BYE']);

/** Methods that exist, but not here. */
const OTHER_METHODS: ReadonlySet<string> = new Set([
  'REGISTER',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'MESSAGE',
  'INFO',
  'REFER',
  'UPDATE',
  'PRACK',
]);

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

/** What the request is answered at once; undefined when it is one of a call, and well-formed. */
export function judge({ request }: Received): Answer | undefined {
  const { method } = request;
  if (!headerOf(request, 'cseq')!.match(new RegExp(`^\\d{1,10}\\s+${method}$`))) return badRequest('CSeq');
  if (method === 'OPTIONS') return { status: 200, phrase: 'OK', headers: abilities() };
  if (OTHER_METHODS.has(method)) return { status: 405, phrase: 'Method Not Allowed', headers: [['Allow', ALLOW]] };
  if (!CALL_METHODS.has(method)) return { status: 501, phrase: 'Not Implemented', headers: [['Allow', ALLOW]] };
  if (toSipUri(request.uri) === undefined) return { status: 416, phrase: 'Unsupported URI Scheme' };
  return method === 'INVITE' ? judgeInvite(request) : undefined;
}

/** Answered when sip.js could make nothing of a request. */
export function badRequest(what: string): Answer {
  return { status: 400, phrase: `Bad ${what}` };
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

/** Any address of a call as a plain SIP one, which is all that sip.js knows; undefined for other schemes. */
export function toSipUri(uri: string): string | undefined {
  const [, scheme, rest] = /^(sips?|tel):(.+)$/i.exec(uri) ?? [];
  if (scheme === undefined || rest === undefined) return undefined;
  // The parameters of a number, as phone-context, choose no room.
  return scheme.toLowerCase() === 'tel' ? `sip:${rest.split(';')[0]}@tel.invalid` : `sip:${rest}`;
}

/** The user part of an address, decoded, without a password or parameters; empty when there is none. */
export function userOf(uri: string): string {
  const user = /^[a-z]+:([^@]*)@/i.exec(uri)?.[1] ?? '';
  return unescape(user).split(/[;:]/)[0]!;
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function judgeInvite(request: SipRequest): Answer | undefined {
  const required = request.headers.get('require') ?? [];
  if (required.length > 0) {
    return { status: 420, phrase: 'Bad Extension', headers: [['Unsupported', required.join(', ')]] };
  }
  if (!headerOf(request, 'contact')) return badRequest('Contact');
  if (request.body !== '' && !isSdp(request)) {
    return { status: 415, phrase: 'Unsupported Media Type', headers: [['Accept', 'application/sdp']] };
  }
  return undefined;
}

function isSdp(request: SipRequest): boolean {
  return headerOf(request, 'content-type')?.split(';')[0]!.trim().toLowerCase() === 'application/sdp';
}

function abilities(): readonly (readonly [string, string])[] {
  return [
    ['Allow', ALLOW],
    ['Accept', 'application/sdp'],
  ];
}

/** One value of each, but of those that are a path. */
function valuesOf(request: SipRequest, name: string): readonly string[] {
  const values = request.headers.get(name) ?? [];
  return name === 'record-route' ? values : values.slice(0, 1);
}
