import type { WireConnection } from '@muon/media-node/io/wire-connection.fixture.ts';
import { decodeRtcp } from '@muon/wire/rtcp/packet.ts';
import { encodeRtp } from '@muon/wire/rtp/encode.ts';
import type { MeasuredTime } from './measured-time.ts';
import type { Medium } from './medium.ts';

/** VP8's payload descriptor with a picture id of 15 bits (RFC 7741 section 4.2), and a byte that says: a keyframe, or not. */
const VP8_HEAD_BYTES = 5;

/** Publishes a medium. The last eight bytes of each packet are when it was sent, as a float64. */
export class Source {
  /** How many packets it sent while it was measured. */
  sent = 0;
  readonly #connection: WireConnection;
  readonly #medium: Medium;
  readonly #measured: MeasuredTime;
  readonly #payload: Buffer;
  #seq = 0;
  #frame = 0;
  #keyframeWanted = true;
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: WireConnection, medium: Medium, measured: MeasuredTime) {
    this.#connection = connection;
    this.#medium = medium;
    this.#measured = measured;
    this.#payload = Buffer.alloc(medium.payloadBytes);
    connection.on('rtcp', (bytes) => {
      this.#keyframeWanted ||= decodeRtcp(bytes).some(({ type }) => type === 'pli' || type === 'fir');
    });
  }

  /** Begins after a while, so that not everybody sends at the same time. */
  start(delayMs: number): void {
    const begin = (): void => {
      this.#timer = setInterval(() => this.#sendFrame(), 1000 / this.#medium.framesPerSecond);
    };
    this.#timer = setTimeout(begin, delayMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sendFrame(): void {
    const { description, clockRate, framesPerSecond, packetsPerFrame } = this.#medium;
    const frame = this.#frame++;
    for (let at = 0; at < packetsPerFrame; at++) {
      const marker = description.kind === 'video' && at === packetsPerFrame - 1;
      const timestamp = frame * (clockRate / framesPerSecond);
      const { payloadType, ssrc } = description;
      if (description.kind === 'video') this.#writeVp8Head(frame, at === 0);
      const nowMs = performance.now();
      this.#payload.writeDoubleBE(nowMs, this.#payload.length - 8);
      const packet = encodeRtp({ payloadType, marker, seq: this.#seq++, timestamp, ssrc }, this.#payload);
      this.#connection.send(this.#connection.protect(packet));
      if (this.#measured.has(nowMs)) this.sent++;
    }
    this.#keyframeWanted = false;
  }

  #writeVp8Head(frame: number, first: boolean): void {
    const pictureId = frame & 0x7fff;
    const head = [first ? 0x90 : 0x80, 0x80, 0x80 | (pictureId >>> 8), pictureId & 0xff, this.#keyframeWanted ? 0 : 1];
    this.#payload.set(head.slice(0, VP8_HEAD_BYTES));
  }
}
