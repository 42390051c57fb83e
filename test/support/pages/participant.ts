import type { LocalMediaOptions } from './local-media.ts';
import type { Recorder } from './recorder.ts';
import type { Colour, Inbound } from './remote-media.ts';

export interface JoinOptions extends LocalMediaOptions {
  /** A join token. */
  readonly token: string;
  readonly apiUrl: string;
  /** Sends the video in several sizes; with Muon's own SDK. */
  readonly simulcast?: boolean;
}

/** What a page that is in a room does for its test; the same with any client. */
export interface TestParticipant {
  join(options: JoinOptions): Promise<void>;
  leave(): void;
  /** Joins without sending anything; resolves with the milliseconds from then to the first decoded frame of another. */
  firstFrameMs(options: Pick<JoinOptions, 'token' | 'apiUrl'>): Promise<number>;
  /** What this page's decoders have received. */
  inbound(): Promise<Inbound[]>;
  /** What the decoders have received, over time. */
  readonly recorder: Recorder;
  /** The loudest frequency of each remote audio track that is not silent, in Hz. */
  frequencies(): Promise<number[]>;
  /** The colour in the middle of each remote video track. */
  colours(): Colour[];
}

declare global {
  interface Window {
    participant: TestParticipant;
  }
}
