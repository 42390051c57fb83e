import type { Refusal } from '../call/refusal.ts';

/** What a phone did. `call` is an id that the signalling gave the call (`ca_…`). */
export type SignalingEvent =
  /** A phone calls; every such call is to be accepted or refused. */
  | {
      readonly type: 'invited';
      readonly call: string;
      /** User part of what was dialled, and of the caller's address. */
      readonly dialled: string;
      readonly caller: string;
      /** The address that the call came from. */
      readonly source: string;
      /** SDP; absent when the phone leaves the offer to us. */
      readonly offer?: string;
    }
  /** Before it was answered. */
  | { readonly type: 'cancelled'; readonly call: string }
  /** The phone offers anew within the call; to be accepted or refused. */
  | { readonly type: 'offered'; readonly call: string; readonly offer?: string }
  /** The phone has our answer; it brings its own where the offer was ours. */
  | { readonly type: 'acknowledged'; readonly call: string; readonly answer?: string }
  | { readonly type: 'hungUp'; readonly call: string }
  /** The phone cannot be reached any more. */
  | { readonly type: 'lost'; readonly call: string; readonly reason: string };

/** What a phone is to be told; a command for a call that is over does nothing. */
export type SignalingCommand =
  | { readonly type: 'ring'; readonly call: string }
  | { readonly type: 'accept'; readonly call: string; readonly sdp: string }
  | { readonly type: 'refuse'; readonly call: string; readonly refusal: Refusal }
  | { readonly type: 'hangUp'; readonly call: string; readonly ending: Refusal };

export interface SignalingEvents {
  event: [SignalingEvent];
}

/** Where signalling listens, and what it takes. */
export interface SignalingOptions {
  readonly host: string;
  /** Of UDP and TCP. */
  readonly port: number;
  /** The address that phones are told. */
  readonly advertisedAddress: string;
  /** Addresses and networks (`10.0.0.0/8`) that may call; everybody when empty. */
  readonly allowedSources: readonly string[];
  /** How many new calls are taken in a second. */
  readonly callsPerSecond: number;
}

/** SIP as the gateway sees it; every backend passes the same suite. */
export interface SipSignaling {
  on(name: 'event', listener: (event: SignalingEvent) => void): unknown;
  send(command: SignalingCommand): void;
  /** What was seen and refused, by name, for metrics. */
  readonly counters: Readonly<Record<string, number>>;
  /** Ends after a last word to the phones that were just hung up on. */
  close(): Promise<void>;
}

/** What a gateway runs. */
export interface SignalingBackend extends SipSignaling {
  /** Whether calls can come in now. */
  readonly listening: boolean;
}
