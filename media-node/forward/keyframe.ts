import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { isVp8Keyframe } from '@muon/wire/rtp/vp8.ts';

/** For each codec whose pictures depend on one another: whether a payload begins one that depends on none. */
const detectors: Readonly<Record<string, (payload: Uint8Array) => boolean>> = {
  'video/vp8': isVp8Keyframe,
};

/** Whether a decoder can start at this packet; undefined for a codec whose packets do not tell. */
export function startsKeyframe(mimeType: string, packet: RtpPacket): boolean | undefined {
  return detectors[mimeType.toLowerCase()]?.(packet.payload);
}
