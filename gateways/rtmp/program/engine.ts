import type { Sound } from '../receive/audio-timeline.ts';
import type { Picture } from './canvas.ts';

/** Decodes and encodes. Whatever does so natively may crash, so it runs in a program's own process. */
export interface MediaEngine {
  /** Undefined when it does not know the codec. */
  openVideoDecoder(mimeType: string): Promise<VideoDecoder | undefined>;
  /** Undefined when it does not know the codec. */
  openAudioDecoder(mimeType: string): Promise<AudioDecoder | undefined>;
  openVideoEncoder(options: VideoEncoderOptions): Promise<VideoEncoder>;
  openAudioEncoder(options: { readonly bitrateBps: number }): Promise<AudioEncoder>;
}

export interface VideoDecoder {
  /** Whether the frame gave a picture; garbage gives none. */
  decode(frame: Uint8Array): boolean;
  /** Of the last picture. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
  /** The last picture at another, even size; valid until the next call. */
  draw(width: number, height: number): Picture | undefined;
  close(): void;
}

export interface AudioDecoder {
  /** Undefined for garbage; valid until the next call. */
  decode(packet: Uint8Array): Sound | undefined;
  close(): void;
}

export interface VideoEncoderOptions {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly bitrateBps: number;
}

/** Encoded media as it left the encoder. */
export interface Encoded {
  /** In ticks of its track. */
  readonly decodeTime: number;
  readonly keyframe: boolean;
  readonly data: Uint8Array;
}

/** To H.264 without B-frames: what goes in comes out at once. */
export interface VideoEncoder {
  readonly avcConfig: Uint8Array;
  /** Encodes planar 4:2:0 of the encoder's size; `time` in ticks of 1/90000 s. The data is AVCC. */
  encode(picture: Uint8Array, time: number, keyframe: boolean): Promise<Encoded[]>;
  close(): void;
}

/** To AAC-LC, 48 kHz, stereo. */
export interface AudioEncoder {
  readonly audioSpecificConfig: Uint8Array;
  /** Encodes {@link AAC_FRAME_SAMPLES} samples; `time` in samples. */
  encode(sound: Sound, time: number): Promise<Encoded[]>;
  close(): void;
}

export const AAC_FRAME_SAMPLES = 1024;
