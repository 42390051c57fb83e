import { writeU16, writeU32 } from '@muon/wire/bytes.ts';
import {
  extensionsLength,
  visitExtensions,
  writeExtensions,
  type ExtensionElement,
} from '@muon/wire/rtp/header-extension.ts';
import { RTP_HEADER_BYTES, RtpPacket } from '@muon/wire/rtp/packet.ts';

const NO_NUMBER = new Uint8Array(2);

/**
 * A publisher's packet as it goes on: without padding and contributors, with our payload type, with room for a
 * transport-wide number under `transportSequenceId`, and of its header extensions those in `extensionIds`, which maps the
 * publisher's numbers to ours.
 */
export function toForwarded(
  packet: RtpPacket,
  payloadType: number,
  extensionIds: ReadonlyMap<number, number>,
  transportSequenceId: number,
): RtpPacket {
  // First, where every copy finds it.
  const elements: ExtensionElement[] = [{ id: transportSequenceId, data: NO_NUMBER }];
  visitExtensions(packet.bytes, (id, offset, length) => {
    const ours = extensionIds.get(id);
    if (ours !== undefined) {
      elements.push({ id: ours, data: packet.bytes.subarray(offset, offset + length) });
    }
  });
  const headerLength = RTP_HEADER_BYTES + extensionsLength(elements);
  const bytes = new Uint8Array(headerLength + packet.payloadEnd - packet.payloadOffset);
  bytes[0] = 0x90;
  bytes[1] = (packet.marker ? 0x80 : 0) | payloadType;
  writeU16(bytes, 2, packet.seq);
  writeU32(bytes, 4, packet.timestamp);
  writeU32(bytes, 8, packet.ssrc);
  writeExtensions(bytes, RTP_HEADER_BYTES, elements);
  bytes.set(packet.payload, headerLength);
  return RtpPacket.parse(bytes);
}
