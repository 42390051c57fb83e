import { headerOf, type SipRequest } from '@muon/wire/sip/message.ts';
import type { Refusal } from '../call/refusal.ts';

/** What a request gets without a look at calls. */
export interface Answer {
  readonly status: number;
  readonly phrase: string;
  readonly headers?: readonly (readonly [string, string])[];
}

export const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS';

/** Methods of calls; backends never see another. */
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

/** For calls that come faster than they may. */
export const TOO_FAST: Answer = { status: 503, phrase: 'Too many calls at once', headers: [['Retry-After', '1']] };

/** What the request is answered at once; undefined when it is one of a call, and well-formed. */
export function judge(request: SipRequest): Answer | undefined {
  const { method } = request;
  if (/^\d{1,10}\s+(\S+)$/.exec(headerOf(request, 'cseq') ?? '')?.[1] !== method) return badRequest('CSeq');
  if (method === 'OPTIONS') return { status: 200, phrase: 'OK', headers: abilities() };
  if (OTHER_METHODS.has(method)) return { status: 405, phrase: 'Method Not Allowed', headers: [['Allow', ALLOW]] };
  if (!CALL_METHODS.has(method)) return { status: 501, phrase: 'Not Implemented', headers: [['Allow', ALLOW]] };
  if (toSipUri(request.uri) === undefined) return { status: 416, phrase: 'Unsupported URI Scheme' };
  return method === 'INVITE' ? judgeInvite(request) : undefined;
}

/** Answered when nothing could be made of a request. */
export function badRequest(what: string): Answer {
  return { status: 400, phrase: `Bad ${what}` };
}

/** Whether the request begins a call, and is not one within a call. */
export function isNewCall(request: SipRequest): boolean {
  return request.method === 'INVITE' && !/;\s*tag\s*=/i.test(headerOf(request, 'to') ?? '');
}

/** `Reason` of a refusal or a BYE (RFC 3326). */
export function reasonOf({ cause, phrase }: Refusal): string {
  return `Q.850;cause=${cause};text="${phrase}"`;
}

/** Any address of a call as a plain SIP one, undefined for other schemes. */
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

/** Whether its body describes a session. */
export function isSdp(request: SipRequest): boolean {
  return headerOf(request, 'content-type')?.split(';')[0]!.trim().toLowerCase() === 'application/sdp';
}

function abilities(): readonly (readonly [string, string])[] {
  return [
    ['Allow', ALLOW],
    ['Accept', 'application/sdp'],
  ];
}
