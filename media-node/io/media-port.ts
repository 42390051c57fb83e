import type { SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';
import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { Connection } from './connection.ts';
import type { OpenPacketIo } from './packet-io.ts';
import type { Sender } from './sender.ts';

export interface MediaPortOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Addresses at which clients reach this port; the host when there are none. */
  readonly publicAddresses?: readonly string[];
  /** Which backend moves the packets; the TypeScript one when absent. */
  readonly openPacketIo?: OpenPacketIo;
  /** How many connections may be on their way to be connected at once. */
  readonly maxHandshakes?: number;
  readonly handshakeTimeoutMs?: number;
  readonly consentTimeoutMs?: number;
}

/** Too many connections are on their way to be connected. */
export class TooManyHandshakesError extends Error {
  override readonly name = 'TooManyHandshakesError';
}

/** The one UDP port of a node: all connections of all clients go through it. */
export class MediaPort {
  readonly port: number;

  private constructor(port: number) {
    this.port = port;
  }

  static open(options: MediaPortOptions): Promise<MediaPort> {
    return Promise.resolve(new MediaPort(options.port));
  }

  /** @throws TooManyHandshakesError */
  openConnection(): Connection {
    return new Connection();
  }

  /**
   * Sends a plain packet of any source, a receiver's or one that came over a link, to all these senders. Each goes on in
   * sequence when the packet's SSRC is another one than before.
   */
  forward(_packet: RtpPacket, _senders: readonly Sender[], _arrivalMs: number): void {}

  /** Tells clients the clock of a source, so that audio and video of one participant play in step. */
  forwardSenderReport(_report: SenderReportInfo, _senders: readonly Sender[]): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }
}
