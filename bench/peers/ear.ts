import { ArrivalLog } from '@muon/media-node/forward/arrival-log.ts';
import type { WireConnection } from '@muon/media-node/io/wire-connection.fixture.ts';
import { readU16 } from '@muon/wire/bytes.ts';
import { encodeTransportFeedback } from '@muon/wire/rtcp/transport-feedback.ts';
import { visitExtensions } from '@muon/wire/rtp/header-extension.ts';
import { rtpHeaderLength } from '@muon/wire/rtp/packet.ts';
import type { MeasuredTime } from './measured-time.ts';
import type { Medium } from './medium.ts';

/** As often as browsers, which keep between 50 and 250, when nothing speaks for another interval. */
const FEEDBACK_INTERVAL_MS = 100;

/** Of the receiver itself; nobody sends by it. */
const LOCAL_SSRC = 1;

/** Receives what all others publish, and tells the server what came when, as browsers do, where it numbers its packets. */
export class Ear {
  /** Of each packet that was sent while it was measured. */
  readonly delaysMs: number[] = [];
  readonly #connection: WireConnection;
  readonly #medium: Medium;
  readonly #measured: MeasuredTime;
  readonly #arrivals = new ArrivalLog();
  readonly #timer: NodeJS.Timeout;
  #feedbackCount = 0;

  constructor(connection: WireConnection, medium: Medium, measured: MeasuredTime) {
    this.#connection = connection;
    this.#medium = medium;
    this.#measured = measured;
    connection.on('rtp', (bytes) => this.#receive(bytes, performance.now()));
    this.#timer = setInterval(() => this.#tell(performance.now()), FEEDBACK_INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #receive(bytes: Uint8Array, nowMs: number): void {
    const id = this.#connection.transportSequenceId;
    visitExtensions(bytes, (element, offset, length) => {
      if (element === id && length === 2) this.#arrivals.arrived(readU16(bytes, offset), nowMs);
    });
    // Neither padding nor a retransmission.
    if (bytes.length - (rtpHeaderLength(bytes) ?? 0) !== this.#medium.payloadBytes) return;
    const sentMs = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readDoubleBE(bytes.length - 8);
    if (this.#measured.has(sentMs)) this.delaysMs.push(nowMs - sentMs);
  }

  #tell(nowMs: number): void {
    for (const arrivals of this.#arrivals.poll(nowMs)) {
      const feedback = encodeTransportFeedback(LOCAL_SSRC, 0, this.#feedbackCount++ & 0xff, arrivals);
      this.#connection.send(this.#connection.protectRtcp(feedback));
    }
  }
}
