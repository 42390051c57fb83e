import { extensionsLength, writeExtensions, type ExtensionElement } from '@muon/wire/rtp/header-extension.ts';
import { RTP_HEADER_BYTES } from '@muon/wire/rtp/packet.ts';

/** A plain RTP packet that has neither contributors nor header extensions, with these extensions. */
export function withExtensions(packet: Uint8Array, elements: readonly ExtensionElement[]): Uint8Array {
  if (elements.length === 0) return packet;
  const length = extensionsLength(elements);
  const bytes = new Uint8Array(packet.length + length);
  bytes.set(packet.subarray(0, RTP_HEADER_BYTES));
  bytes[0]! |= 0x10;
  writeExtensions(bytes, RTP_HEADER_BYTES, elements);
  bytes.set(packet.subarray(RTP_HEADER_BYTES), RTP_HEADER_BYTES + length);
  return bytes;
}
