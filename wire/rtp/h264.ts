import { readU16 } from '../bytes.ts';

/** Types of NAL units that a decoder can start at, and of the packets that carry several or a part (RFC 6184 section 5.2). */
const IDR = 5;
const SPS = 7;
const STAP_A = 24;
const FU_A = 28;

/** Whether an H.264 payload has the parameter sets or the beginning of a picture that depends on none. */
export function startsH264Keyframe(payload: Uint8Array): boolean {
  const type = (payload[0] ?? 0) & 0x1f;
  if (type === STAP_A) return aggregatesKeyframe(payload);
  if (type === FU_A) {
    const header = payload[1] ?? 0;
    return (header & 0x80) !== 0 && startsPicture(header & 0x1f);
  }
  return startsPicture(type);
}

function aggregatesKeyframe(payload: Uint8Array): boolean {
  for (let at = 1; at + 3 <= payload.length;) {
    if (startsPicture(payload[at + 2]! & 0x1f)) return true;
    at += 2 + readU16(payload, at);
  }
  return false;
}

function startsPicture(type: number): boolean {
  return type === IDR || type === SPS;
}
