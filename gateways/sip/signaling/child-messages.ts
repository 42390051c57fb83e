import type { SignalingCommand, SignalingEvent, SignalingOptions } from './signaling.ts';
import type { DialogSnapshot } from './sipjs/dialog-snapshot.ts';

/** From the gateway to the process that signals. */
export type ToChild =
  | { readonly type: 'listen'; readonly options: SignalingOptions }
  | { readonly type: 'command'; readonly command: SignalingCommand }
  /** A call that the process before answered. */
  | { readonly type: 'adopt'; readonly call: string; readonly dialog: DialogSnapshot }
  | { readonly type: 'close' };

export type FromChild =
  | { readonly type: 'listening' }
  | { readonly type: 'event'; readonly event: SignalingEvent }
  /** What it takes to adopt this call, as of now. */
  | { readonly type: 'dialog'; readonly call: string; readonly dialog: DialogSnapshot }
  | { readonly type: 'counters'; readonly counters: Readonly<Record<string, number>> };
