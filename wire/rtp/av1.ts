/** N of the aggregation header: a coded video sequence begins (AV1 RTP specification, section 4.4). */
export function startsAv1Sequence(payload: Uint8Array): boolean {
  return ((payload[0] ?? 0) & 0x88) === 0x08;
}
