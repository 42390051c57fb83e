import { EventEmitter } from 'node:events';
import type { DataChannel } from './data-channel.ts';
import type { Receiver } from './receiver.ts';
import type { Sender, SenderOptions } from './sender.ts';

/** Why a connection ended. */
export type CloseReason =
  /** By {@link Connection.close}. */
  | 'closed'
  /** Not connected in time. */
  | 'handshake-timeout'
  | 'dtls-failed'
  /** The client said goodbye by DTLS. */
  | 'dtls-closed'
  /** The client stopped to consent to packets (RFC 7675). */
  | 'consent-expired';

export interface ConnectionEvents {
  connected: [];
  /** Once, at the end. */
  closed: [{ readonly reason: CloseReason }];
  /** A stream is known, by its SSRC or RID; its packets follow. */
  receiver: [Receiver];
  /** The client stopped sending this stream, or the connection ended. */
  receiverEnded: [Receiver];
  /** The client opened a data channel. */
  dataChannel: [DataChannel];
}

/** A description that cannot be agreed on; the message is for whoever sent it. */
export class NegotiationError extends Error {
  override readonly name = 'NegotiationError';
}

/** One peer connection of a client. Made by `MediaPort.openConnection`. */
export class Connection extends EventEmitter<ConnectionEvents> {
  /**
   * Takes the client's offer, the first or a further one, and answers it. For the connection that a client publishes on.
   *
   * @throws NegotiationError when it is not an offer that can be answered.
   */
  answer(_offerSdp: string): Promise<string> {
    return Promise.reject(new NegotiationError('not there yet'));
  }

  /** Offers all senders and the data channels. For the connection that a client subscribes on. One at a time. */
  offer(): Promise<string> {
    return Promise.reject(new NegotiationError('not there yet'));
  }

  /** @throws NegotiationError when it does not answer the last {@link offer}. */
  acceptAnswer(_answerSdp: string): Promise<void> {
    return Promise.reject(new NegotiationError('not there yet'));
  }

  /** A candidate of the client changes nothing: a lite agent learns addresses from verified checks. */
  addCandidate(_candidate: unknown): void {}

  /** Adds a stream to be sent; the client sees it after the next {@link offer}. */
  addSender(_options: SenderOptions): Sender {
    throw new NegotiationError('not there yet');
  }

  /** Ends a stream; the client sees it after the next {@link offer}. */
  removeSender(_sender: Sender): void {}

  /** Opens a data channel as soon as the connection is up. */
  createDataChannel(_label: string, _options?: { ordered?: boolean; maxRetransmits?: number }): DataChannel {
    throw new NegotiationError('not there yet');
  }

  close(): void {
    this.emit('closed', { reason: 'closed' });
  }
}
