/** `nal_unit_type` of H.264 (ITU-T H.264 table 7-1), those that are told apart here. */
export const nalTypes = { sps: 7, pps: 8, accessUnitDelimiter: 9 } as const;

export function nalType(nal: Uint8Array): number {
  return (nal[0] ?? 0) & 0x1f;
}

/** The NAL units of a byte stream (ITU-T H.264 annex B), as views into it; whatever precedes the first start code is dropped. */
export function splitAnnexB(stream: Uint8Array): Uint8Array[] {
  const nals: Uint8Array[] = [];
  let start: number | undefined;
  for (let code = stream.indexOf(1, 2); code !== -1; code = stream.indexOf(1, code + 1)) {
    if (stream[code - 1] !== 0 || stream[code - 2] !== 0) continue;
    push(stream, start, code - 2, nals);
    start = code + 1;
  }
  push(stream, start, stream.length, nals);
  return nals;
}

/** NAL units behind 4-byte lengths, as in MP4 and FLV (ISO/IEC 14496-15 section 5.3.3). */
export function toAvcc(nals: readonly Uint8Array[]): Uint8Array {
  const avcc = new Uint8Array(nals.reduce((size, nal) => size + 4 + nal.length, 0));
  const view = new DataView(avcc.buffer);
  let at = 0;
  for (const nal of nals) {
    view.setUint32(at, nal.length);
    avcc.set(nal, at + 4);
    at += 4 + nal.length;
  }
  return avcc;
}

/** Zero bytes before a start code belong to neither unit. */
function push(stream: Uint8Array, start: number | undefined, end: number, nals: Uint8Array[]): void {
  if (start === undefined) return;
  let last = end;
  while (last > start && stream[last - 1] === 0) last -= 1;
  if (last > start) nals.push(stream.subarray(start, last));
}
