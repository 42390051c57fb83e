import { LOSSY_CHANNEL_LABEL } from '@muon/contract/message.ts';
import { API_CHANNEL_LABEL } from '@muon/contract/signal.ts';
import type { Connection } from '../io/connection.ts';
import type { DataChannel } from '../io/data-channel.ts';

/** How many labels of others are opened to a client. */
const MAX_LABELS = 16;

/** What a client that reads slowly may have waiting; further messages are left out. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** Lossy messages that have waited for longer are worth nothing, nor are more than a few of the largest. */
const MAX_LOSSY_AGE_MS = 500;
const MAX_LOSSY_BYTES = 256 * 1024;

/** So much of them is given to the channel at once, or one: it takes nothing back, however long its way is closed. */
const MAX_GIVEN_BYTES = 16 * 1024;

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
  #lossyWaiting: { readonly text: string; readonly sinceMs: number }[] = [];
  #lossyBytes = 0;
  #waitingBytes = 0;
  readonly #now: () => number;

  /** `dropped` hears of each message that the client does not get. */
  constructor(
    connection: Pick<Connection, 'createDataChannel'>,
    dropped: () => void,
    now: () => number = () => performance.now(),
  ) {
    this.#connection = connection;
    this.#dropped = dropped;
    this.#now = now;
  }

  /** Passes on a message under the label that it came with. */
  relay(label: string, data: string | Uint8Array): void {
    const relay = this.#relays.get(label) ?? this.#open(label);
    if (!relay || this.#backlogBytes() > MAX_WAITING_BYTES) return this.#dropped();
    if (relay.channel.open) return relay.channel.send(data);
    relay.waiting.push(data);
    this.#waitingBytes += data.length;
  }

  /** Sends a message at most once, soon or never. */
  sendLossy(text: string): void {
    this.#lossy ??= this.#openLossy();
    if (!this.#lossy.open || this.#lossyBytes > MAX_LOSSY_BYTES) return this.#dropped();
    this.#lossyWaiting.push({ text, sinceMs: this.#now() });
    this.#lossyBytes += text.length;
    this.#sendLossyWaiting(this.#lossy);
  }

  #openLossy(): DataChannel {
    const channel = this.#connection.createDataChannel(LOSSY_CHANNEL_LABEL, { ordered: false, maxRetransmits: 0 });
    channel.on('drained', () => this.#sendLossyWaiting(channel));
    return channel;
  }

  #sendLossyWaiting(channel: DataChannel): void {
    const nowMs = this.#now();
    for (;;) {
      const next = this.#lossyWaiting[0];
      if (!next) return;
      const late = nowMs - next.sinceMs > MAX_LOSSY_AGE_MS;
      const given = channel.bufferedBytes;
      if (!late && given > 0 && given + next.text.length > MAX_GIVEN_BYTES) return;
      this.#lossyWaiting.shift();
      this.#lossyBytes -= next.text.length;
      if (late) this.#dropped();
      else channel.send(next.text);
    }
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
