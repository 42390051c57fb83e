import type { EgressAssignment } from '@muon/contract/internal.ts';
import type { AudioTrack, VideoTrack } from '@muon/wire/fmp4/init.ts';

/** What a program is made of, before its first sample. */
export interface ProgramTracks {
  readonly video: VideoTrack & { readonly frameRate: number; readonly bitrateBps: number };
  readonly audio: AudioTrack;
}

/** One encoded picture (AVCC) or AAC frame, on the timeline that begins at the program's `epochMs`. */
export interface ProgramSample {
  /** In 1/90000 s for video, in samples for audio. */
  readonly decodeTime: number;
  readonly keyframe: boolean;
  readonly data: Uint8Array;
}

/** Counts since the program's process began. */
export interface ProgramTally {
  readonly picturesEncoded: number;
  readonly packetsLost: number;
  readonly malformed: number;
  readonly decodeFailures: number;
  readonly lateSamples: number;
  readonly cpuSeconds: number;
}

/** From the gateway to a program's process. */
export type ToProgram =
  | {
      readonly type: 'start';
      readonly assignment: EgressAssignment;
      /** When the timeline of all the program's processes began. */
      readonly epochMs: number;
    }
  | { readonly type: 'layout'; readonly layout: EgressAssignment['layout'] }
  | { readonly type: 'link'; readonly url: string; readonly accessToken: string }
  | { readonly type: 'linkRefused'; readonly reason: string };

/** From a program's process to the gateway. */
export type FromProgram =
  /** It needs a link to its room; answered by `link` or `linkRefused`. */
  | { readonly type: 'linkWanted' }
  | { readonly type: 'opened'; readonly tracks: ProgramTracks }
  | { readonly type: 'video' | 'audio'; readonly sample: ProgramSample }
  | { readonly type: 'tally'; readonly tally: ProgramTally }
  /** Trying again would not help. */
  | { readonly type: 'failed'; readonly reason: string };
