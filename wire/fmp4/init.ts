import { box, fullBox, join, letters, u16, u32, u8, zeros } from './box.ts';

/** H.264 as a player has to know it before the first sample. */
export interface VideoTrack {
  readonly width: number;
  readonly height: number;
  /** AVCDecoderConfigurationRecord, without the box around it. */
  readonly avcConfig: Uint8Array;
}

/** AAC as a player has to know it before the first sample. */
export interface AudioTrack {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitrateBps: number;
  readonly audioSpecificConfig: Uint8Array;
}

export const VIDEO_TRACK_ID = 1;
export const AUDIO_TRACK_ID = 2;

/** Ticks a second of the video track; the audio track's are its sample rate. */
export const VIDEO_TIMESCALE = 90_000;

/** Identity transformation, in 16.16 and 2.30 fixed point. */
const MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

/** `und` in three letters of 5 bits. */
const LANGUAGE_UNDETERMINED = 0x55c4;

/** The initialization segment of a program of one H.264 and one AAC track (CMAF, ISO/IEC 23000-19). */
export function initSegment(video: VideoTrack, audio: AudioTrack): Uint8Array {
  return join([
    box('ftyp', letters('iso6'), u32(1), letters('iso6cmfcmp41')),
    box(
      'moov',
      movieHeader(),
      track({ id: VIDEO_TRACK_ID, timescale: VIDEO_TIMESCALE, handler: 'vide', sampleEntry: avc1(video), ...video }),
      track({ id: AUDIO_TRACK_ID, timescale: audio.sampleRate, handler: 'soun', sampleEntry: mp4a(audio) }),
      box('mvex', trackExtends(VIDEO_TRACK_ID), trackExtends(AUDIO_TRACK_ID)),
    ),
  ]);
}

interface TrackBox {
  readonly id: number;
  readonly timescale: number;
  readonly handler: 'vide' | 'soun';
  readonly sampleEntry: Uint8Array;
  readonly width?: number;
  readonly height?: number;
}

function movieHeader(): Uint8Array {
  const nextTrackId = AUDIO_TRACK_ID + 1;
  return fullBox(
    'mvhd',
    0,
    0,
    u32(0, 0, 1000, 0, 0x10000),
    u16(0x100, 0),
    zeros(8),
    MATRIX,
    zeros(24),
    u32(nextTrackId),
  );
}

function track({ id, timescale, handler, sampleEntry, width = 0, height = 0 }: TrackBox): Uint8Array {
  const sound = handler === 'soun';
  const enabledInMovie = 3;
  return box(
    'trak',
    fullBox(
      'tkhd',
      0,
      enabledInMovie,
      u32(0, 0, id, 0, 0),
      zeros(8),
      u16(0, 0, sound ? 0x100 : 0, 0),
      MATRIX,
      u16(width, 0, height, 0),
    ),
    box(
      'mdia',
      fullBox('mdhd', 0, 0, u32(0, 0, timescale, 0), u16(LANGUAGE_UNDETERMINED, 0)),
      fullBox('hdlr', 0, 0, u32(0), letters(handler), zeros(12), letters('Muon\0')),
      box(
        'minf',
        sound ? fullBox('smhd', 0, 0, zeros(4)) : fullBox('vmhd', 0, 1, zeros(8)),
        box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))),
        sampleTable(sampleEntry),
      ),
    ),
  );
}

/** Samples are in the fragments; here only what they are. */
function sampleTable(sampleEntry: Uint8Array): Uint8Array {
  return box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), sampleEntry),
    fullBox('stts', 0, 0, u32(0)),
    fullBox('stsc', 0, 0, u32(0)),
    fullBox('stsz', 0, 0, u32(0, 0)),
    fullBox('stco', 0, 0, u32(0)),
  );
}

function trackExtends(id: number): Uint8Array {
  return fullBox('trex', 0, 0, u32(id, 1, 0, 0, 0));
}

/** ISO/IEC 14496-15 section 5.4.2.1. */
function avc1({ width, height, avcConfig }: VideoTrack): Uint8Array {
  const dpi72 = 0x480000;
  return box(
    'avc1',
    zeros(6),
    u16(1),
    zeros(16),
    u16(width, height),
    u32(dpi72, dpi72, 0),
    u16(1),
    zeros(32),
    u16(0x18, 0xffff),
    box('avcC', avcConfig),
  );
}

/** ISO/IEC 14496-14 section 6.7. */
function mp4a({ sampleRate, channels, bitrateBps, audioSpecificConfig }: AudioTrack): Uint8Array {
  const audioStream = u8(0x40, 0x15, 0, 0, 0);
  const decoderConfig = descriptor(4, audioStream, u32(bitrateBps, bitrateBps), descriptor(5, audioSpecificConfig));
  const elementary = descriptor(3, u8(0, AUDIO_TRACK_ID, 0), decoderConfig, descriptor(6, u8(2)));
  return box(
    'mp4a',
    zeros(6),
    u16(1),
    zeros(8),
    u16(channels, 16),
    zeros(4),
    u16(sampleRate, 0),
    fullBox('esds', 0, 0, elementary),
  );
}

/** An MPEG-4 descriptor shorter than 128 bytes (ISO/IEC 14496-1 section 8.3.3). */
function descriptor(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = join(parts);
  return join([u8(tag, body.length), body]);
}
