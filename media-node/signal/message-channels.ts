import { LOSSY_CHANNEL_LABEL } from '@muon/contract/message.ts';
import { API_CHANNEL_LABEL } from '@muon/contract/signal.ts';
import type { Connection } from '../io/connection.ts';
import type { DataChannel } from '../io/data-channel.ts';

/** How many labels of others are opened to a client. */
const MAX_LABELS = 16;

/** What a client that reads slowly may have waiting; further messages are left out. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** Lossy messages that wait for longer are worth nothing: a few of the largest. */
const MAX_LOSSY_BYTES = 256 * 1024;

/** Labels that mean something else to clients than a message. */
const reserved: ReadonlySet<string> = new Set([API_CHANNEL_LABEL, LOSSY_CHANNEL_LABEL]);

interface Relay {
  readonly channel: DataChannel;
  /** Messages until it is open. */
  waiting: (string | Uint8Array)[];
}

/** The data channels over which a client gets the messages of others, within bounds however slowly it reads. */
export class MessageChannels {
  readonly #connection: Pick<Connection, 'createDataChannel'>;
  readonly #dropped: () => void;
  readonly #relays = new Map<string, Relay>();
  #lossy: DataChannel | undefined;
  #waitingBytes = 0;

  /** `dropped` hears of each message that the client does not get. */
  constructor(connection: Pick<Connection, 'createDataChannel'>, dropped: () => void) {
    this.#connection = connection;
    this.#dropped = dropped;
  }

  /** Passes on a message under the label that it came with. */
  relay(label: string, data: string | Uint8Array): void {
    const relay = this.#relays.get(label) ?? this.#open(label);
    if (!relay || this.#backlogBytes() > MAX_WAITING_BYTES) return this.#dropped();
    if (relay.channel.open) return relay.channel.send(data);
    relay.waiting.push(data);
    this.#waitingBytes += data.length;
  }

  /** Sends a message at most once, now or never. */
  sendLossy(text: string): void {
    this.#lossy ??= this.#connection.createDataChannel(LOSSY_CHANNEL_LABEL, { ordered: false, maxRetransmits: 0 });
    if (this.#lossy.open && this.#lossy.bufferedBytes <= MAX_LOSSY_BYTES) this.#lossy.send(text);
    else this.#dropped();
  }

  #backlogBytes(): number {
    let bytes = this.#waitingBytes;
    for (const { channel } of this.#relays.values()) bytes += channel.bufferedBytes;
    return bytes;
  }

  #open(label: string): Relay | undefined {
    if (reserved.has(label) || this.#relays.size >= MAX_LABELS) return undefined;
    const channel = this.#connection.createDataChannel(label);
    const relay: Relay = { channel, waiting: [] };
    channel.once('opened', () => this.#sendWaiting(relay));
    channel.once('closed', () => {
      this.#sendWaiting(relay);
      this.#relays.delete(label);
    });
    this.#relays.set(label, relay);
    return relay;
  }

  /** To a channel that is closed, this sends nothing. */
  #sendWaiting(relay: Relay): void {
    for (const data of relay.waiting) {
      this.#waitingBytes -= data.length;
      relay.channel.send(data);
    }
    relay.waiting = [];
  }
}
