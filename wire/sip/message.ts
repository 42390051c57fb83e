import { ProtocolError } from '../protocol-error.ts';

/** Values of each header, by its long name in lower case; several when it came several times, or in a list. */
export type SipHeaders = ReadonlyMap<string, readonly string[]>;

export interface SipRequest {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
  readonly headers: SipHeaders;
  readonly body: string;
}

export interface SipResponse {
  readonly kind: 'response';
  readonly status: number;
  readonly phrase: string;
  readonly headers: SipHeaders;
  readonly body: string;
}

export type SipMessage = SipRequest | SipResponse;

/** No telephone needs more; what has more is made to cost. */
const MAX_HEAD_BYTES = 8 * 1024;
const MAX_HEADERS = 96;
const MAX_VALUE_LENGTH = 2048;

/** The largest body that is taken. */
export const MAX_SIP_BODY_BYTES = 16 * 1024;

/** The largest message. */
export const MAX_SIP_BYTES = MAX_HEAD_BYTES + MAX_SIP_BODY_BYTES;

/** RFC 3261 section 7.3.3. */
const LONG_NAMES: ReadonlyMap<string, string> = new Map([
  ['c', 'content-type'],
  ['e', 'content-encoding'],
  ['f', 'from'],
  ['i', 'call-id'],
  ['k', 'supported'],
  ['l', 'content-length'],
  ['m', 'contact'],
  ['s', 'subject'],
  ['t', 'to'],
  ['v', 'via'],
  ['x', 'session-expires'],
]);

/** Headers whose value is a list, one item of which may stand for itself (RFC 3261 section 7.3.1). */
const LISTS: ReadonlySet<string> = new Set([
  'via',
  'contact',
  'record-route',
  'route',
  'require',
  'allow',
  'supported',
]);

const REQUEST_LINE = /^([A-Z]{1,32}) (\S{1,1024}) SIP\/2\.0$/;
const STATUS_LINE = /^SIP\/2\.0 ([1-6]\d\d) ?(.{0,256})$/;
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROLS = /[\0-\x08\x0a-\x1f\x7f]/;

/**
 * Reads a message (RFC 3261 section 7): lines are unfolded, names are long and in lower case. What the values say is not
 * looked at.
 *
 * @throws ProtocolError when it is not SIP/2.0, is cut short, or larger than it may be.
 */
export function parseSip(bytes: Uint8Array): SipMessage {
  const headBytes = headLength(bytes);
  if (headBytes === undefined) throw new ProtocolError('SIP without an end of its headers');
  if (headBytes > MAX_HEAD_BYTES) throw new ProtocolError(`SIP with ${headBytes} bytes of headers`);
  const text = decode(bytes.subarray(0, headBytes - 4));
  const [first, ...lines] = text.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  const headers = parseHeaders(lines);
  const body = parseBody(headers, bytes.subarray(headBytes));
  const request = REQUEST_LINE.exec(first!);
  if (request) return { kind: 'request', method: request[1]!, uri: request[2]!, headers, body };
  const response = STATUS_LINE.exec(first!);
  if (response) return { kind: 'response', status: Number(response[1]), phrase: response[2]!, headers, body };
  throw new ProtocolError('neither a SIP request nor a response');
}

/** Writes a message; `headers` in their order, names as they are to be seen. */
export function writeSip(firstLine: string, headers: readonly (readonly [string, string])[], body = ''): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${firstLine}\r\n${lines}Content-Length: ${new TextEncoder().encode(body).length}\r\n\r\n${body}`;
}

/** The header's first value. */
export function headerOf({ headers }: SipMessage, name: string): string | undefined {
  return headers.get(name)?.[0];
}

/**
 * How long the message at the start of a stream is (RFC 3261 section 18.3); undefined while it is not known.
 *
 * @throws ProtocolError when it can never be a message.
 */
export function sipLength(bytes: Uint8Array): number | undefined {
  const headBytes = headLength(bytes);
  if (headBytes === undefined) {
    if (bytes.length > MAX_HEAD_BYTES) throw new ProtocolError('SIP without an end of its headers');
    return undefined;
  }
  const length = /\r\n(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*\r\n/i.exec(decode(bytes.subarray(0, headBytes)));
  const bodyBytes = Number(length?.[1] ?? 0);
  if (bodyBytes > MAX_SIP_BODY_BYTES) throw new ProtocolError(`SIP with a body of ${bodyBytes} bytes`);
  return headBytes + bodyBytes;
}

/** Splits a list at its commas, but not within quotes or angle brackets. */
export function splitList(value: string): string[] {
  const items: string[] = [];
  let start = 0;
  let quoted = false;
  let bracketed = false;
  for (let i = 0; i < value.length; i++) {
    const letter = value[i];
    if (quoted && letter === '\\') i++;
    else if (letter === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (letter === '<') bracketed = true;
    else if (letter === '>') bracketed = false;
    else if (letter === ',' && !bracketed) {
      items.push(value.slice(start, i).trim());
      start = i + 1;
    }
  }
  items.push(value.slice(start).trim());
  return items.filter((item) => item !== '');
}

/** With the empty line that ends it. */
function headLength(bytes: Uint8Array): number | undefined {
  for (let i = 0; i + 3 < bytes.length && i <= MAX_HEAD_BYTES; i++) {
    if (bytes[i] === 13 && bytes[i + 1] === 10 && bytes[i + 2] === 13 && bytes[i + 3] === 10) return i + 4;
  }
  return undefined;
}

function parseHeaders(lines: readonly string[]): SipHeaders {
  if (lines.length > MAX_HEADERS) throw new ProtocolError(`SIP with ${lines.length} headers`);
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const [, written, value] = /^([\w!%*.+`'~-]{1,64})[ \t]*:(.*)$/.exec(line) ?? [];
    if (written === undefined || value === undefined) throw new ProtocolError('malformed SIP header');
    if (value.length > MAX_VALUE_LENGTH) throw new ProtocolError(`SIP header of ${value.length} characters`);
    if (CONTROLS.test(value)) throw new ProtocolError('control character in a SIP header');
    const name = LONG_NAMES.get(written.toLowerCase()) ?? written.toLowerCase();
    const values = headers.get(name) ?? [];
    values.push(...(LISTS.has(name) ? splitList(value) : [value.trim()]));
    headers.set(name, values);
  }
  return headers;
}

/** As long as its header says, or as the datagram (RFC 3261 section 18.3). */
function parseBody(headers: SipHeaders, bytes: Uint8Array): string {
  const written = headers.get('content-length')?.[0];
  if (written !== undefined && !/^\d{1,9}$/.test(written)) throw new ProtocolError('malformed Content-Length');
  const length = written === undefined ? bytes.length : Number(written);
  if (length > bytes.length) throw new ProtocolError('SIP body cut short');
  if (length > MAX_SIP_BODY_BYTES) throw new ProtocolError(`SIP with a body of ${length} bytes`);
  return decode(bytes.subarray(0, length));
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
