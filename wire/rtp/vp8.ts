/** Whether a VP8 payload begins a keyframe (RFC 7741 section 4). */
export function isVp8Keyframe(payload: Uint8Array): boolean {
  const descriptor = payload[0] ?? 0;
  const startsPartition = (descriptor & 0x10) !== 0 && (descriptor & 0x07) === 0;
  if (!startsPartition) return false;
  let at = 1;
  if (descriptor & 0x80) {
    const present = payload[at++] ?? 0;
    if (present & 0x80) at += (payload[at] ?? 0) & 0x80 ? 2 : 1;
    if (present & 0x40) at += 1;
    if (present & 0x30) at += 1;
  }
  return at < payload.length && (payload[at]! & 0x01) === 0;
}
