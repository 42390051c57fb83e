import { box, fullBox, join, u32, u64 } from './box.ts';

/** One coded frame; AVCC for H.264, raw for AAC. */
export interface Sample {
  readonly data: Uint8Array;
  /** In ticks of its track. */
  readonly duration: number;
  readonly keyframe: boolean;
}

/** Samples of one track that follow each other. */
export interface SampleRun {
  readonly trackId: number;
  /** Of the first sample, in ticks of the track. */
  readonly decodeTime: number;
  readonly samples: readonly Sample[];
}

/** Sample flags of ISO/IEC 14496-12 section 8.8.3.1: depends on no other sample; depends on others and is no sync sample. */
const INDEPENDENT = 0x02000000;
const DEPENDENT = 0x01010000;

const DEFAULT_BASE_IS_MOOF = 0x20000;
const DATA_OFFSET_DURATION_SIZE_FLAGS = 0x701;

/** A movie fragment, `moof` and `mdat`; `sequence` counts the fragments of a stream from 1. Empty runs are left out. */
export function fragment(sequence: number, runs: readonly SampleRun[]): Uint8Array {
  const filled = runs.filter(({ samples }) => samples.length > 0);
  const mdat = box('mdat', ...filled.flatMap(({ samples }) => samples.map(({ data }) => data)));
  // Offsets count from the start of the moof, whose size does not depend on them.
  const dataOffset = movieFragment(sequence, filled, 0).length + 8;
  return join([movieFragment(sequence, filled, dataOffset), mdat]);
}

function movieFragment(sequence: number, runs: readonly SampleRun[], dataOffset: number): Uint8Array {
  let offset = dataOffset;
  const tracks = runs.map((run) => {
    const traf = trackFragment(run, offset);
    offset += run.samples.reduce((size, { data }) => size + data.length, 0);
    return traf;
  });
  return box('moof', fullBox('mfhd', 0, 0, u32(sequence)), ...tracks);
}

function trackFragment({ trackId, decodeTime, samples }: SampleRun, dataOffset: number): Uint8Array {
  const rows = samples.flatMap(({ data, duration, keyframe }) => [
    duration,
    data.length,
    keyframe ? INDEPENDENT : DEPENDENT,
  ]);
  return box(
    'traf',
    fullBox('tfhd', 0, DEFAULT_BASE_IS_MOOF, u32(trackId)),
    fullBox('tfdt', 1, 0, u64(decodeTime)),
    fullBox('trun', 0, DATA_OFFSET_DURATION_SIZE_FLAGS, u32(samples.length, dataOffset, ...rows)),
  );
}
