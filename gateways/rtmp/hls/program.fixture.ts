import type { ProgramSample, ProgramTracks } from '../program/messages.ts';

export const tracks: ProgramTracks = {
  video: { width: 640, height: 360, frameRate: 15, bitrateBps: 600_000, avcConfig: Uint8Array.of(1, 100, 0, 22) },
  audio: { sampleRate: 48_000, channels: 2, bitrateBps: 96_000, audioSpecificConfig: Uint8Array.of(0x11, 0x90) },
};

/** The picture of this number, 15 a second, every 30th a keyframe. */
export function picture(number: number, lateMs = 0): ProgramSample {
  return { decodeTime: number * 6000 + lateMs * 90, keyframe: number % 30 === 0, data: Uint8Array.of(number & 0xff) };
}
