import { readU16, writeU16 } from '../bytes.ts';
import { RTP_HEADER_BYTES } from './packet.ts';

/** One element of an RTP header extension. */
export interface ExtensionElement {
  /** 1 to 14. */
  readonly id: number;
  /** 1 to 255 bytes. */
  readonly data: Uint8Array;
}

const ONE_BYTE_PROFILE = 0xbede;
const TWO_BYTE_PROFILE = 0x1000;

/** An id that ends a one-byte extension (RFC 8285 section 4.2). */
const STOP_ID = 15;

/**
 * Calls `visit` with each element of the header extension (RFC 8285, both forms), as where its data begins and how long
 * it is. The header must have been checked; an element that runs past the extension ends it.
 */
export function visitExtensions(
  packet: Uint8Array,
  visit: (id: number, offset: number, lengthBytes: number) => void,
): void {
  if (!(packet[0]! & 0x10)) return;
  const start = RTP_HEADER_BYTES + 4 * (packet[0]! & 0x0f);
  const profile = readU16(packet, start);
  const end = start + 4 + 4 * readU16(packet, start + 2);
  if (profile === ONE_BYTE_PROFILE) visitOneByte(packet, start + 4, end, visit);
  else if ((profile & 0xfff0) === TWO_BYTE_PROFILE) visitTwoByte(packet, start + 4, end, visit);
}

function visitOneByte(
  packet: Uint8Array,
  start: number,
  end: number,
  visit: Parameters<typeof visitExtensions>[1],
): void {
  for (let at = start; at < end;) {
    const id = packet[at]! >>> 4;
    if (id === STOP_ID) return;
    const length = (packet[at]! & 0x0f) + 1;
    at += 1;
    if (id === 0) continue;
    if (at + length > end) return;
    visit(id, at, length);
    at += length;
  }
}

function visitTwoByte(
  packet: Uint8Array,
  start: number,
  end: number,
  visit: Parameters<typeof visitExtensions>[1],
): void {
  for (let at = start; at + 1 < end;) {
    const id = packet[at]!;
    at += 1;
    if (id === 0) continue;
    const length = packet[at]!;
    at += 1;
    if (at + length > end) return;
    if (length > 0) visit(id, at, length);
    at += length;
  }
}

/** What fits into an element of the one-byte form. */
const MAX_ONE_BYTE_LENGTH = 16;

/** How many bytes {@link writeExtensions} takes; none without elements. */
export function extensionsLength(elements: readonly ExtensionElement[]): number {
  if (elements.length === 0) return 0;
  const headerBytes = needsTwoBytes(elements) ? 2 : 1;
  let length = 0;
  for (const { data } of elements) length += headerBytes + data.length;
  return 4 + 4 * Math.ceil(length / 4);
}

/**
 * Writes a header extension at `at`, which must be followed by room for it, all zero: in the one-byte form, or when an
 * element is too long for that, in the two-byte form.
 */
export function writeExtensions(bytes: Uint8Array, at: number, elements: readonly ExtensionElement[]): void {
  if (elements.length === 0) return;
  const twoBytes = needsTwoBytes(elements);
  writeU16(bytes, at, twoBytes ? TWO_BYTE_PROFILE : ONE_BYTE_PROFILE);
  writeU16(bytes, at + 2, extensionsLength(elements) / 4 - 1);
  let position = at + 4;
  for (const { id, data } of elements) {
    if (twoBytes) {
      bytes[position++] = id;
      bytes[position++] = data.length;
    } else {
      bytes[position++] = (id << 4) | (data.length - 1);
    }
    bytes.set(data, position);
    position += data.length;
  }
}

function needsTwoBytes(elements: readonly ExtensionElement[]): boolean {
  for (const { data } of elements) if (data.length > MAX_ONE_BYTE_LENGTH) return true;
  return false;
}
