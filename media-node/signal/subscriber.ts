import type { ParticipantStats } from '@muon/contract/participant-stats.ts';
import { API_CHANNEL_LABEL } from '@muon/contract/signal.ts';
import type { SubscriptionState, SubscriptionWish } from '@muon/contract/subscription.ts';
import type { Layer } from '../forward/packet-layer.ts';
import type { Connection } from '../io/connection.ts';
import type { DataChannel } from '../io/data-channel.ts';
import type { OutgoingStats } from '../io/outgoing-transport.ts';
import type { Track } from '../track.ts';
import { MessageChannels } from './message-channels.ts';
import { Negotiation } from './negotiation.ts';
import type { Subscription } from './subscription.ts';
import { LEAVE_MS, VideoAllocation } from './video-allocation.ts';

/** How often it is looked at what the client can receive. */
const ALLOCATION_INTERVAL_MS = 200;

/**
 * A client that receives media tells so all the time. When it does no more, its way back, or both, may lead through a NAT that
 * has given it another port; browsers check every 2.5 s by themselves, and at once when they are offered other credentials.
 */
const UNANSWERED_MS = 1000;
const PATH_RETRY_MS = 4000;

/** What may wait on the API channel. */
const MAX_API_BYTES = 64 * 1024;

export interface SubscriberOptions {
  readonly connection: Connection;
  readonly sendOffer: (sdp: string) => void;
  /** From now on {@link Subscriber.apiSend} reaches the client. */
  readonly apiOpened: () => void;
  readonly apiMessage: (data: string | Uint8Array) => void;
  /** A message was left out, since the client reads too slowly. */
  readonly messageDropped: () => void;
  /** Who speaks now, and is worth more of what the network bears; nobody when absent. */
  readonly speakers?: () => readonly { readonly identity: string }[];
  /** How a track is sent has changed. */
  readonly subscriptionChanged: (state: SubscriptionState) => void;
  /** The client did not take a track. */
  readonly refused: (track: Track) => void;
  /** An offer could not be made. */
  readonly failed: (error: unknown) => void;
}

/** The connection on which a client gets the tracks of the others: the node offers. */
export class Subscriber {
  /** Over which messages of others go. */
  readonly messages: MessageChannels;
  readonly #connection: Connection;
  readonly #options: SubscriberOptions;
  readonly #api: DataChannel;
  readonly #negotiation = new Negotiation(() => void this.#offer());
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #allocation: VideoAllocation;
  #allocationTimer: NodeJS.Timeout | undefined;
  #soonTimer: NodeJS.Timeout | undefined;
  #offered: readonly Subscription[] = [];
  #connected = false;
  #pathRenewedMs = -Infinity;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#connection = options.connection;
    const { transport } = options.connection;
    this.#allocation = new VideoAllocation({
      transport,
      subscriptions: this.#subscriptions,
      speakers: options.speakers ?? (() => []),
      changed: options.subscriptionChanged,
    });
    transport.onDecrease = () => {
      this.#allocate();
      this.#soonTimer ??= setTimeout(() => {
        this.#soonTimer = undefined;
        this.#allocate();
      }, LEAVE_MS);
    };
    this.messages = new MessageChannels(options.connection, options.messageDropped);
    this.#api = this.#connection.createDataChannel(API_CHANNEL_LABEL);
    this.#api.on('opened', options.apiOpened);
    this.#api.on('message', options.apiMessage);
    this.#connection.on('connected', () => this.#connect());
  }

  /** Makes the first offer, even of no tracks: a client has joined once it sees the API channel. */
  start(): void {
    this.#negotiation.now();
  }

  add(track: Track): void {
    const { kind, codec, streamId, id } = track;
    const sender = this.#connection.addSender({ kind, codec, msid: { streamId, trackId: id } });
    sender.on('keyframeWanted', (encoding) => track.requestKeyframe(encoding));
    sender.on('refused', () => this.#options.refused(track));
    this.#subscriptions.set(id, { track, sender, agreed: false, wish: {} });
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

  removeAll(): void {
    for (const trackId of this.#subscriptions.keys()) this.remove(trackId);
  }

  /** @throws NegotiationError when the answer does not fit the offer, which then goes on waiting for one that does. */
  async answer(sdp: string): Promise<void> {
    await this.#connection.acceptAnswer(sdp);
    for (const subscription of this.#offered) {
      subscription.agreed = true;
      this.#direct(subscription);
    }
    this.#offered = [];
    this.#allocate();
    this.#negotiation.answered();
  }

  /** Tells what clients of ion-sfu are told over their own channel; one that does not read is told the next time. */
  apiSend(text: string): void {
    if (this.#api.bufferedBytes < MAX_API_BYTES) this.#api.send(text);
  }

  /** How each track is sent now. */
  get subscriptions(): ParticipantStats['subscriptions'] {
    return Array.from(this.#subscriptions, ([trackId, { sender, wish }]) => {
      const { current } = sender;
      if (wish.paused) return { trackId, state: 'paused', reason: 'wish' } as const;
      if (sender.target === undefined) return { trackId, state: 'paused', reason: 'bandwidth' } as const;
      return { trackId, state: 'active', ...(current ? { layer: toLayer(current) } : {}) } as const;
    });
  }

  stats(nowMs: number): OutgoingStats {
    return this.#connection.transport.stats(nowMs);
  }

  /** How much of what the client wants the network bears, from 0 to 1; undefined while that is not known. */
  bandwidthShare(nowMs: number): number | undefined {
    const { transport } = this.#connection;
    const estimateBps = transport.estimateBps(nowMs);
    if (estimateBps === undefined || transport.wantedBps === 0) return undefined;
    return Math.min(1, estimateBps / transport.wantedBps);
  }

  /** Since anything came over its media path; undefined while there is none. */
  silentMs(nowMs: number): number | undefined {
    return this.#connection.silentMs(nowMs);
  }

  has(trackId: string): boolean {
    return this.#subscriptions.has(trackId);
  }

  get size(): number {
    return this.#subscriptions.size;
  }

  /** The subscribed tracks of a stream. */
  ofStream(streamId: string): Track[] {
    return [...this.#subscriptions.values()].map(({ track }) => track).filter((track) => track.streamId === streamId);
  }

  /** Changes how a subscribed track is wanted: what is left out stays, null takes a wish back. */
  wish(trackId: string, changes: SubscriptionWish): void {
    const subscription = this.#subscriptions.get(trackId);
    if (!subscription) return;
    const { wish } = subscription;
    subscription.wish = { ...wish, ...changes };
    this.#direct(subscription);
    this.#allocate();
    if ((wish.paused ?? false) === (subscription.wish.paused ?? false)) return;
    this.#options.subscriptionChanged(
      subscription.wish.paused ? { trackId, state: 'paused', reason: 'wish' } : { trackId, state: 'active' },
    );
  }

  /** Offers what is there once more, to a client that may have missed the last offer. */
  offerAnew(): void {
    this.#negotiation.anew();
  }

  /** Lets the client find new paths: from the next offer on, its checks carry other credentials. */
  restartIce(): void {
    this.#connection.restartIce();
    this.#negotiation.anew();
  }

  close(): void {
    this.#negotiation.close();
    clearInterval(this.#allocationTimer);
    clearTimeout(this.#soonTimer);
    for (const { track, sender } of this.#subscriptions.values()) track.removeSender(sender);
    this.#subscriptions.clear();
    this.#connection.close();
  }

  /** Lets a track's packets through, or not. */
  #direct({ track, sender, agreed, wish }: Subscription): void {
    if (!this.#subscriptions.has(track.id)) return;
    // A keyframe that comes before the client can be reached is lost, and the next one is not asked for at once.
    if (this.#connected && agreed && !wish.paused) track.addSender(sender);
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
    this.#allocate();
    this.#allocationTimer = setInterval(() => this.#look(performance.now()), ALLOCATION_INTERVAL_MS);
    for (const subscription of this.#subscriptions.values()) this.#direct(subscription);
  }

  #look(nowMs: number): void {
    const lost = this.#connection.transport.unansweredMs(nowMs) > UNANSWERED_MS;
    if (lost && nowMs - this.#pathRenewedMs > PATH_RETRY_MS) {
      this.#pathRenewedMs = nowMs;
      this.restartIce();
    }
    this.#allocate();
  }

  /** Shares what the client can receive among its videos. */
  #allocate(): void {
    if (this.#connected) this.#allocation.update(performance.now());
  }
}

function toLayer({ spatial, temporal }: Layer): Layer {
  return { spatial, temporal };
}
