import type { LOSSY_CHANNEL_LABEL, Message } from '@muon/contract/message.ts';
import type { Params } from './signaling.ts';

const LOSSY_LABEL: typeof LOSSY_CHANNEL_LABEL = 'muon-lossy';

/** More would wait for longer than a message is worth that may be lost. */
const MAX_BUFFERED_BYTES = 256 * 1024;

/** A message as an application sees it. */
export interface ReceivedMessage {
  /** Who sent it; absent when the room's owner did, or a client of ion-sfu. */
  readonly from: string | undefined;
  readonly topic: string;
  readonly data: string | Uint8Array;
}

/** Turns a message of the node into one for applications. */
export function toReceived({ from, topic, data, encoding }: Message): ReceivedMessage {
  return { from, topic, data: encoding === 'text' ? data : fromBase64(data) };
}

/** Bytes as the node takes them. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCodePoint(byte)).join(''));
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.codePointAt(0) ?? 0);
}

/** Hears messages on the data channels that a node opens, but for the one labelled `ignored`. */
export function readDataChannels(
  pc: RTCPeerConnection,
  ignored: string,
  received: (message: ReceivedMessage) => void,
): void {
  pc.addEventListener('datachannel', ({ channel }) => {
    if (channel.label === ignored) return;
    channel.binaryType = 'arraybuffer';
    channel.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (channel.label === LOSSY_LABEL && typeof data === 'string') received(toReceived(JSON.parse(data) as Message));
      // Clients of ion-sfu have labels where ours have topics.
      else
        received({
          from: undefined,
          topic: channel.label,
          data: typeof data === 'string' ? data : new Uint8Array(data),
        });
    });
  });
}

/** The data channel over which this client sends messages that may be lost. */
export class LossyChannel {
  readonly #pc: RTCPeerConnection;
  #channel: RTCDataChannel | undefined;

  constructor(pc: RTCPeerConnection) {
    this.#pc = pc;
  }

  get opened(): boolean {
    return this.#channel !== undefined;
  }

  /** Whether the channel is new, so that it has to be negotiated. */
  open(): boolean {
    if (this.#channel) return false;
    this.#channel = this.#pc.createDataChannel(LOSSY_LABEL, { ordered: false, maxRetransmits: 0 });
    return true;
  }

  /** Sends a message, or loses it; false when there is no channel yet, or the message is too large for it. */
  send(message: Params<'sendMessage'>): boolean {
    const channel = this.#channel;
    if (channel?.readyState !== 'open') return false;
    const text = new TextEncoder().encode(JSON.stringify(message));
    if (text.length > (this.#pc.sctp?.maxMessageSize ?? Infinity)) return false;
    if (channel.bufferedAmount <= MAX_BUFFERED_BYTES) channel.send(text);
    return true;
  }
}
