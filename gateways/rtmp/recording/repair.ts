import { type FileHandle, open } from 'node:fs/promises';
import { VIDEO_TIMESCALE, VIDEO_TRACK_ID } from '@muon/wire/fmp4/init.ts';

export interface Measured {
  readonly sizeBytes: number;
  readonly durationSeconds: number;
}

const HEADER_BYTES = 8;

/** A `moof` of a second is some kilobytes; a larger one is none of ours. */
const MAX_MOOF_BYTES = 4 * 1024 * 1024;

interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** Cuts a recording after its last whole fragment, and measures it; undefined when there is none. */
export async function repair(path: string): Promise<Measured | undefined> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    let wholeBytes = 0;
    let endTicks = 0;
    let fragmentEnd = 0;
    for await (const box of topLevel(file, size)) {
      if (box.type === 'moof') fragmentEnd = Math.max(endTicks, await videoEnd(file, box));
      if (box.type === 'mdat') [wholeBytes, endTicks] = [box.end, fragmentEnd];
    }
    if (endTicks === 0) return undefined;
    if (wholeBytes < size) {
      await file.truncate(wholeBytes);
      await file.datasync();
    }
    return { sizeBytes: wholeBytes, durationSeconds: Math.round((endTicks * 1000) / VIDEO_TIMESCALE) / 1000 };
  } finally {
    await file.close();
  }
}

/** The boxes that are there as a whole. */
async function* topLevel(file: FileHandle, size: number): AsyncGenerator<Box> {
  for (let start = 0; start + HEADER_BYTES <= size;) {
    const header = await read(file, start, HEADER_BYTES);
    const length = header.readUInt32BE(0);
    const end = start + length;
    if (length < HEADER_BYTES || end > size) return;
    yield { type: header.toString('latin1', 4, 8), start, end };
    start = end;
  }
}

/** Where on the file's timeline the pictures of a fragment end; 0 when it has none. */
async function videoEnd(file: FileHandle, { start, end }: Box): Promise<number> {
  if (end - start > MAX_MOOF_BYTES) return 0;
  const moof = await read(file, start, end - start);
  for (const traf of inner(moof, 'traf')) {
    const [tfhd, tfdt, trun] = [...inner(traf, 'tfhd'), ...inner(traf, 'tfdt'), ...inner(traf, 'trun')];
    if (!tfhd || !tfdt || !trun || tfhd.readUInt32BE(12) !== VIDEO_TRACK_ID) continue;
    const count = trun.readUInt32BE(12);
    let ticks = Number(tfdt.readBigUInt64BE(12));
    // As our fragments are: duration, size and flags of each sample.
    for (let row = 0; row < count; row += 1) ticks += trun.readUInt32BE(20 + row * 12);
    return ticks;
  }
  return 0;
}

/** The boxes of a type within a box, one level deep, with their headers. */
function inner(box: Buffer, type: string): Buffer[] {
  const found: Buffer[] = [];
  for (let at = HEADER_BYTES; at + HEADER_BYTES <= box.length;) {
    const length = box.readUInt32BE(at);
    if (length < HEADER_BYTES) break;
    if (box.toString('latin1', at + 4, at + 8) === type) found.push(box.subarray(at, at + length));
    at += length;
  }
  return found;
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer;
}
