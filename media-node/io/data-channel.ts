import type { EventEmitter } from 'node:events';

export interface DataChannelEvents {
  opened: [];
  message: [data: string | Uint8Array];
  closed: [];
  /** All that was sent is on its way. */
  drained: [];
}

/** A data channel of a connection, opened by either side. */
export interface DataChannel extends EventEmitter<DataChannelEvents> {
  readonly label: string;
  readonly open: boolean;
  /** How much was sent but is not on its way yet. */
  readonly bufferedBytes: number;
  /** Sends, or does nothing when the channel is not open. */
  send(data: string | Uint8Array): void;
  close(): void;
}
