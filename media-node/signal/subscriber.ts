import { API_CHANNEL_LABEL } from '@muon/contract/signal.ts';
import type { Connection } from '../io/connection.ts';
import type { DataChannel } from '../io/data-channel.ts';
import type { Sender } from '../io/sender.ts';
import type { Track } from '../track.ts';
import type { StreamWish } from './api-channel.ts';
import { Negotiation } from './negotiation.ts';

/** How many labels of others are opened to a client. */
const MAX_CHANNELS = 16;

/** What a client that reads slowly may have waiting; further messages are left out. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

export interface SubscriberOptions {
  readonly connection: Connection;
  readonly sendOffer: (sdp: string) => void;
  readonly apiMessage: (data: string | Uint8Array) => void;
  /** An offer could not be made. */
  readonly failed: (error: unknown) => void;
}

interface Subscription {
  readonly track: Track;
  readonly sender: Sender;
  /** Whether the client answered an offer that has it; before, it would not know whose packets these are. */
  agreed: boolean;
  /** Whether the client wants its packets. */
  wanted: boolean;
}

/** The connection on which a client gets the tracks of the others: the node offers. */
export class Subscriber {
  readonly #connection: Connection;
  readonly #options: SubscriberOptions;
  readonly #negotiation = new Negotiation(() => void this.#offer());
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #channels = new Map<string, DataChannel>();
  #offered: readonly Subscription[] = [];
  #connected = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#connection = options.connection;
    this.#connection.createDataChannel(API_CHANNEL_LABEL).on('message', options.apiMessage);
    this.#connection.on('connected', () => this.#connect());
  }

  /** Makes the first offer, even of no tracks: a client has joined once it sees the API channel. */
  start(): void {
    this.#negotiation.now();
  }

  add(track: Track): void {
    const { kind, codec, streamId, id } = track;
    const sender = this.#connection.addSender({ kind, codec, msid: { streamId, trackId: id } });
    sender.on('keyframeWanted', () => track.requestKeyframe());
    this.#subscriptions.set(id, { track, sender, agreed: false, wanted: true });
    this.#negotiation.want();
  }

  remove(trackId: string): void {
    const subscription = this.#subscriptions.get(trackId);
    if (!subscription) return;
    this.#subscriptions.delete(trackId);
    subscription.track.removeSender(subscription.sender);
    this.#connection.removeSender(subscription.sender);
    this.#negotiation.want();
  }

  /** @throws NegotiationError when the answer does not fit the offer, which then goes on waiting for one that does. */
  async answer(sdp: string): Promise<void> {
    await this.#connection.acceptAnswer(sdp);
    for (const subscription of this.#offered) {
      subscription.agreed = true;
      this.#direct(subscription);
    }
    this.#offered = [];
    this.#negotiation.answered();
  }

  /** Stops or resumes the packets of a stream. */
  wish({ streamId, ...wish }: StreamWish): void {
    for (const subscription of this.#subscriptions.values()) {
      const { track } = subscription;
      if (track.streamId !== streamId) continue;
      subscription.wanted = wish[track.kind] ?? subscription.wanted;
      this.#direct(subscription);
    }
  }

  /** Passes on a message of somebody else under its label. */
  relay(label: string, data: string | Uint8Array): void {
    const channel = this.#channels.get(label) ?? this.#openChannel(label);
    if (!channel || channel.bufferedBytes > MAX_BUFFERED_BYTES) return;
    if (channel.open) channel.send(data);
    else channel.once('opened', () => channel.send(data));
  }

  close(): void {
    this.#negotiation.close();
    for (const { track, sender } of this.#subscriptions.values()) track.removeSender(sender);
    this.#subscriptions.clear();
    this.#connection.close();
  }

  /** Lets a track's packets through, or not. */
  #direct({ track, sender, agreed, wanted }: Subscription): void {
    if (!this.#subscriptions.has(track.id)) return;
    // A keyframe that comes before the client can be reached is lost, and the next one is not asked for at once.
    if (this.#connected && agreed && wanted) track.addSender(sender);
    else track.removeSender(sender);
  }

  async #offer(): Promise<void> {
    const offered = [...this.#subscriptions.values()];
    try {
      const sdp = await this.#connection.offer();
      this.#offered = offered;
      this.#options.sendOffer(sdp);
    } catch (error) {
      this.#options.failed(error);
    }
  }

  #connect(): void {
    this.#connected = true;
    for (const subscription of this.#subscriptions.values()) this.#direct(subscription);
  }

  #openChannel(label: string): DataChannel | undefined {
    if (this.#channels.size >= MAX_CHANNELS) return undefined;
    const channel = this.#connection.createDataChannel(label);
    // Messages that wait for it to open are as few as a sender's rate allows.
    channel.setMaxListeners(0);
    channel.once('closed', () => this.#channels.delete(label));
    this.#channels.set(label, channel);
    return channel;
  }
}
