import type { WireMedia } from '@muon/media-node/io/wire-connection.fixture.ts';

/** What somebody publishes: frames of so many packets of so many bytes. */
export interface Medium {
  readonly description: WireMedia;
  readonly clockRate: number;
  readonly framesPerSecond: number;
  readonly packetsPerFrame: number;
  readonly payloadBytes: number;
}

export const media = {
  /** 64 kbit/s of Opus. */
  audio: {
    description: { kind: 'audio', payloadType: 111, ssrc: 7 },
    clockRate: 48_000,
    framesPerSecond: 50,
    packetsPerFrame: 1,
    payloadBytes: 160,
  },
  /** 960 kbit/s of VP8. */
  video: {
    description: { kind: 'video', payloadType: 96, ssrc: 8 },
    clockRate: 90_000,
    framesPerSecond: 30,
    packetsPerFrame: 4,
    payloadBytes: 1000,
  },
} as const satisfies Record<string, Medium>;
