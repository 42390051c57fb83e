import type { ProgramSample, ProgramTracks } from '../program/messages.ts';

/** Why a connection was ended by this side. */
export const rtmpRefusals = ['malformed', 'unauthorised', 'publish', 'slow', 'idle', 'too-many'] as const;
export type RtmpRefusal = (typeof rtmpRefusals)[number];

/** From the gateway to the RTMP process. */
export type ToRtmp =
  | { readonly type: 'listen'; readonly host: string; readonly port: number }
  /** A program can be pulled with any of the tokens; again when it begins anew. */
  | {
      readonly type: 'open';
      readonly egressId: string;
      readonly tokens: readonly string[];
      readonly tracks: ProgramTracks;
    }
  | { readonly type: 'video' | 'audio'; readonly egressId: string; readonly sample: ProgramSample }
  /** It has ended; its pullers are let go. */
  | { readonly type: 'close'; readonly egressId: string };

/** From the RTMP process to the gateway. */
export type FromRtmp = { readonly type: 'listening' } | { readonly type: 'tally'; readonly tally: RtmpTally };

/** Counts since the RTMP process began. */
export interface RtmpTally {
  readonly connections: number;
  readonly pullers: number;
  readonly refused: Readonly<Record<RtmpRefusal, number>>;
}
