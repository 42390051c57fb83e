import type { RemoteInfo } from 'node:dgram';
import { decodeTelephoneEvent } from '@muon/wire/dtmf/telephone-event.ts';
import { ProtocolError } from '@muon/wire/protocol-error.ts';
import { isRtcp, RtpPacket } from '@muon/wire/rtp/packet.ts';
import { DigitReceiver } from '../call/digit-receiver.ts';
import { FRAME_SAMPLES } from '../call/frame.ts';
import { decodeG711, encodeG711 } from '../call/g711.ts';
import type { PhoneAudio } from '../call/negotiation.ts';
import { PlayoutBuffer } from '../call/playout-buffer.ts';
import { SourceLatch } from '../call/source-latch.ts';
import { Timeline } from '../call/timeline.ts';
import type { RtpSocket } from './rtp-ports.ts';
import { RtpSender } from './rtp-sender.ts';
import type { MediaTally } from './tally.ts';

export interface PhoneLegOptions {
  /** Owned by the leg from now on. */
  readonly rtp: RtpSocket;
  readonly audio: PhoneAudio;
  /** Where the phone's signalling came from. */
  readonly signalingAddress: string;
  readonly tally: MediaTally;
}

/** Longer packets than any phone sends. */
const MAX_PAYLOAD_BYTES = 2 * 1024;

/** A call's sound on the side of the phone: G.711 over RTP. */
export class PhoneLeg {
  readonly #rtp: RtpSocket;
  readonly #tally: MediaTally;
  readonly #latch: SourceLatch;
  readonly #sender = new RtpSender(FRAME_SAMPLES);
  readonly #digits = new DigitReceiver();
  #playout = new PlayoutBuffer();
  #timeline = new Timeline();
  #ssrc: number | undefined;
  #audio: PhoneAudio;
  #heardMs = performance.now();
  #closed = false;

  constructor({ rtp, audio, signalingAddress, tally }: PhoneLegOptions) {
    this.#rtp = rtp;
    this.#audio = audio;
    this.#tally = tally;
    this.#latch = new SourceLatch(audio, signalingAddress);
    rtp.socket.on('message', (bytes, from) => this.#receive(bytes, from));
  }

  /** When the phone was last heard, or could first be. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** The phone described its audio anew. */
  update(audio: PhoneAudio): void {
    this.#audio = audio;
    this.#latch.announce(audio);
    this.#heardMs = performance.now();
  }

  /** Gives the next frame of what the phone says. */
  read(frame: Int16Array): void {
    this.#playout.read(frame);
  }

  /** Sends a frame for the phone to hear, if it wants to. */
  send(frame: Int16Array): void {
    const { direction, law, payloadType } = this.#audio;
    if (direction === 'sendonly' || direction === 'inactive') return this.#sender.skip();
    const { address, port } = this.#latch.target;
    this.#rtp.socket.send(this.#sender.next(payloadType, encodeG711(law, frame)), port, address);
    this.#tally.phonePacketsSent++;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#settle();
    this.#rtp.socket.close();
  }

  #receive(bytes: Uint8Array, from: RemoteInfo): void {
    const packet = isRtcp(bytes) ? undefined : this.#parse(bytes);
    if (!packet) return;
    const nowMs = performance.now();
    if (!this.#latch.accepts(from, nowMs)) {
      this.#tally.phonePacketsFromStrangers++;
      return;
    }
    this.#heardMs = nowMs;
    this.#tally.phonePacketsReceived++;
    if (packet.payloadType === this.#audio.keysPayloadType) this.#receiveKey(packet);
    else this.#receiveSound(packet);
  }

  /** The packet when it is RTP of a coding that was agreed on. */
  #parse(bytes: Uint8Array): RtpPacket | undefined {
    const packet = parseRtp(bytes);
    const { payloadType, keysPayloadType } = this.#audio;
    const expected = packet?.payloadType === payloadType || packet?.payloadType === keysPayloadType;
    if (packet && expected && packet.payload.length <= MAX_PAYLOAD_BYTES) return packet;
    this.#tally.phonePacketsMalformed++;
    return undefined;
  }

  #receiveSound(packet: RtpPacket): void {
    if (packet.ssrc !== this.#ssrc) this.#beginStream(packet.ssrc);
    this.#playout.write(this.#timeline.unwrap(packet.timestamp), decodeG711(this.#audio.law, packet.payload));
  }

  #receiveKey(packet: RtpPacket): void {
    try {
      const digit = this.#digits.receive(packet.timestamp, decodeTelephoneEvent(packet.payload));
      if (digit !== undefined) this.#tally.digits++;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#tally.phonePacketsMalformed++;
    }
  }

  /** A new source, as after a transfer behind the phone's exchange, has timestamps of its own. */
  #beginStream(ssrc: number): void {
    this.#settle();
    this.#ssrc = ssrc;
    this.#playout = new PlayoutBuffer();
    this.#timeline = new Timeline();
  }

  #settle(): void {
    const { played, concealed, late } = this.#playout.tally;
    this.#tally.samplesPlayed += played;
    this.#tally.samplesConcealed += concealed;
    this.#tally.samplesLate += late;
  }
}

function parseRtp(bytes: Uint8Array): RtpPacket | undefined {
  try {
    return RtpPacket.parse(bytes);
  } catch {
    return undefined;
  }
}
