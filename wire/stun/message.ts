import { readU16, readU32, writeU16, writeU32 } from '../bytes.ts';
import { ipToBytes } from '../ip-address.ts';
import { ProtocolError } from '../protocol-error.ts';
import { crc32 } from './crc32.ts';

/** Types of the messages of ICE (RFC 8489 section 5): the method Binding in all its classes. */
export const stunTypes = {
  bindingRequest: 0x0001,
  bindingIndication: 0x0011,
  bindingSuccess: 0x0101,
  bindingError: 0x0111,
} as const;

const attributeTypes = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
} as const;

/** Attributes below this must be understood (RFC 8489 section 14). */
const COMPREHENSION_OPTIONAL = 0x8000;

const HEADER_BYTES = 20;
const MAGIC_COOKIE = 0x2112_a442;
const INTEGRITY_BYTES = 20;
const FINGERPRINT_XOR = 0x5354_554e;

/** What of a STUN message matters to ICE. */
export interface StunMessage {
  readonly type: number;
  readonly transactionId: Uint8Array;
  readonly username: string | undefined;
  readonly useCandidate: boolean;
  /** The bytes that MESSAGE-INTEGRITY covers, and their HMAC-SHA1 as the sender has it. */
  readonly integrity: { readonly covered: Uint8Array; readonly hmac: Uint8Array } | undefined;
  /** Whether the FINGERPRINT is right; undefined without one. */
  readonly fingerprintValid: boolean | undefined;
  /** Attributes that must be understood and are not. */
  readonly unknownRequired: readonly number[];
}

/** @throws ProtocolError when the bytes are not STUN (RFC 8489 section 5) or an attribute runs past them. */
export function decodeStun(bytes: Uint8Array): StunMessage {
  if (bytes.length < HEADER_BYTES || bytes[0]! > 3 || readU32(bytes, 4) !== MAGIC_COOKIE) {
    throw new ProtocolError('not a STUN message');
  }
  const length = readU16(bytes, 2);
  if (length % 4 !== 0 || bytes.length !== HEADER_BYTES + length) throw new ProtocolError('STUN length is wrong');
  const message: Writable<StunMessage> = {
    type: readU16(bytes, 0),
    transactionId: bytes.subarray(8, HEADER_BYTES),
    username: undefined,
    useCandidate: false,
    integrity: undefined,
    fingerprintValid: undefined,
    unknownRequired: [],
  };
  for (let at = HEADER_BYTES; at < bytes.length;) {
    if (at + 4 > bytes.length) throw new ProtocolError('STUN attribute cut short');
    const valueLength = readU16(bytes, at + 2);
    if (at + 4 + valueLength > bytes.length) throw new ProtocolError('STUN attribute runs past the message');
    readAttribute(message, bytes, at, bytes.subarray(at + 4, at + 4 + valueLength));
    at += 4 + 4 * Math.ceil(valueLength / 4);
  }
  return message;
}

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

function readAttribute(message: Writable<StunMessage>, bytes: Uint8Array, at: number, value: Uint8Array): void {
  const type = readU16(bytes, at);
  if (type === attributeTypes.fingerprint) {
    const last = at + 8 === bytes.length && value.length === 4;
    message.fingerprintValid = last && fingerprint(bytes.subarray(0, at)) === readU32(value, 0);
    return;
  }
  // What follows MESSAGE-INTEGRITY is not covered by it and is ignored (RFC 8489 section 14.5).
  if (message.integrity) return;
  switch (type) {
    case attributeTypes.username:
      message.username = String.fromCharCode(...value.subarray(0, 513));
      break;
    case attributeTypes.useCandidate:
      message.useCandidate = true;
      break;
    case attributeTypes.messageIntegrity:
      if (value.length !== INTEGRITY_BYTES) throw new ProtocolError('MESSAGE-INTEGRITY of a wrong length');
      message.integrity = { covered: withLength(bytes.subarray(0, at), at + 4 + INTEGRITY_BYTES), hmac: value };
      break;
    case attributeTypes.priority:
      break;
    default:
      if (type < COMPREHENSION_OPTIONAL) message.unknownRequired = [...message.unknownRequired.slice(0, 15), type];
  }
}

/** The bytes with the header's length as if the message ended at `end`. */
function withLength(bytes: Uint8Array, end: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  writeU16(copy, 2, end - HEADER_BYTES);
  return copy;
}

function fingerprint(covered: Uint8Array): number {
  return (crc32(covered) ^ FINGERPRINT_XOR) >>> 0;
}

/** HMAC-SHA1 under the password of whoever the message goes to, or comes from. */
export type Hmac = (covered: Uint8Array) => Uint8Array;

/** Answers a check: where it came from (RFC 8489 section 14.2), signed. */
export function encodeBindingSuccess(
  request: StunMessage,
  from: { readonly address: string; readonly port: number },
  hmac: Hmac,
): Uint8Array {
  return encode(stunTypes.bindingSuccess, request.transactionId, [xorMappedAddress(request, from)], hmac);
}

/** A binding request with short-term credentials, as a client sends it to be checked. */
export function encodeBindingRequest(
  transactionId: Uint8Array,
  options: { readonly username: string; readonly useCandidate: boolean; readonly hmac: Hmac },
): Uint8Array {
  const username = Uint8Array.from(options.username, (character) => character.charCodeAt(0));
  const attributes = [attribute(attributeTypes.username, username)];
  if (options.useCandidate) attributes.push(attribute(attributeTypes.useCandidate, new Uint8Array()));
  return encode(stunTypes.bindingRequest, transactionId, attributes, options.hmac);
}

/** Refuses a request (RFC 8489 section 14.8); signed where the requester is known. */
export function encodeBindingError(
  request: StunMessage,
  code: 400 | 401 | 420,
  options: { readonly hmac?: Hmac } = {},
): Uint8Array {
  const attributes = [attribute(attributeTypes.errorCode, Uint8Array.of(0, 0, Math.floor(code / 100), code % 100))];
  if (code === 420) attributes.push(unknownAttributes(request.unknownRequired));
  return encode(stunTypes.bindingError, request.transactionId, attributes, options.hmac);
}

function encode(type: number, transactionId: Uint8Array, attributes: readonly Uint8Array[], hmac?: Hmac): Uint8Array {
  const size = attributes.reduce((sum, { length }) => sum + length, HEADER_BYTES);
  const message = new Uint8Array(size + (hmac ? 4 + INTEGRITY_BYTES : 0) + 8);
  writeU16(message, 0, type);
  writeU32(message, 4, MAGIC_COOKIE);
  message.set(transactionId, 8);
  let at = HEADER_BYTES;
  for (const bytes of attributes) {
    message.set(bytes, at);
    at += bytes.length;
  }
  if (hmac) {
    writeU16(message, 2, at + 4 + INTEGRITY_BYTES - HEADER_BYTES);
    message.set(attribute(attributeTypes.messageIntegrity, hmac(message.subarray(0, at))), at);
    at += 4 + INTEGRITY_BYTES;
  }
  writeU16(message, 2, message.length - HEADER_BYTES);
  writeU16(message, at, attributeTypes.fingerprint);
  writeU16(message, at + 2, 4);
  writeU32(message, at + 4, fingerprint(message.subarray(0, at)));
  return message;
}

function attribute(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * Math.ceil(value.length / 4));
  writeU16(bytes, 0, type);
  writeU16(bytes, 2, value.length);
  bytes.set(value, 4);
  return bytes;
}

function unknownAttributes(types: readonly number[]): Uint8Array {
  const value = new Uint8Array(2 * types.length);
  types.forEach((type, i) => writeU16(value, 2 * i, type));
  return attribute(attributeTypes.unknownAttributes, value);
}

function xorMappedAddress(request: StunMessage, from: { readonly address: string; readonly port: number }): Uint8Array {
  const ip = ipToBytes(from.address);
  const value = new Uint8Array(4 + ip.length);
  value[1] = ip.length === 4 ? 1 : 2;
  writeU16(value, 2, from.port ^ (MAGIC_COOKIE >>> 16));
  const mask = new Uint8Array(16);
  writeU32(mask, 0, MAGIC_COOKIE);
  mask.set(request.transactionId, 4);
  ip.forEach((byte, i) => (value[4 + i] = byte ^ mask[i]!));
  return attribute(attributeTypes.xorMappedAddress, value);
}
