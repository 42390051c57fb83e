import { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { SAMPLE_RATE } from '../call/frame.ts';
import { PlayoutBuffer } from '../call/playout-buffer.ts';
import { Timeline } from '../call/timeline.ts';
import { OPUS_CLOCK_RATE, OpusDecoder } from './opus.ts';
import type { MediaTally } from './tally.ts';

const TICKS_PER_SAMPLE = OPUS_CLOCK_RATE / SAMPLE_RATE;

/** The sound of one participant of the room. */
export class RoomTrack {
  readonly #payloadType: number;
  readonly #tally: MediaTally;
  readonly #decoder = new OpusDecoder();
  readonly #playout = new PlayoutBuffer();
  readonly #timeline = new Timeline();
  #newest = -Infinity;

  constructor(payloadType: number, tally: MediaTally) {
    this.#payloadType = payloadType;
    this.#tally = tally;
  }

  /** Takes one of the track's packets; its bytes are not kept. */
  receive(bytes: Uint8Array): void {
    try {
      this.#decode(RtpPacket.parse(bytes));
    } catch {
      this.#tally.roomPacketsMalformed++;
    }
  }

  /** Gives the next frame; false when there is only silence. */
  read(frame: Int16Array): boolean {
    return this.#playout.read(frame);
  }

  close(): void {
    const { played, concealed, late } = this.#playout.tally;
    this.#tally.samplesPlayed += played;
    this.#tally.samplesConcealed += concealed;
    this.#tally.samplesLate += late;
  }

  #decode(packet: RtpPacket): void {
    // Probes and padding have no sound in them.
    if (packet.payload.length === 0) return;
    if (packet.payloadType !== this.#payloadType) throw new Error('another codec');
    const position = Math.floor(this.#timeline.unwrap(packet.timestamp) / TICKS_PER_SAMPLE);
    // A decoder has a memory: what comes too late for it is given up.
    if (position <= this.#newest && this.#newest - position < SAMPLE_RATE) return;
    const sound = this.#decoder.decode(packet.payload);
    if (!sound) throw new Error('not Opus');
    this.#newest = position;
    this.#playout.write(position, sound);
    this.#tally.roomPacketsReceived++;
  }
}
