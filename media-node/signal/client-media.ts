import { LOSSY_CHANNEL_LABEL } from '@muon/contract/message.ts';
import type { Permissions } from '@muon/contract/permissions.ts';
import type { signalNotices, SignalNotice } from '@muon/contract/signal-notice.ts';
import type { SubscriptionState } from '@muon/contract/subscription.ts';
import type { Log } from '@muon/service/log.ts';
import type * as z from 'zod';
import type { NodeContext } from '../context.ts';
import type { QualitySample } from '../forward/connection-quality.ts';
import type { CloseReason, Connection } from '../io/connection.ts';
import type { MessageBudget } from '../message-budget.ts';
import { findCodec } from '../negotiation/codecs.ts';
import type { DecodableCodecs } from '../negotiation/decodable-codecs.ts';
import type { PeerStats } from '../participant.ts';
import type { Seat } from '../rooms.ts';
import { sendMessage } from '../send-message.ts';
import { TokenBucket } from '../token-bucket.ts';
import type { Track } from '../track.ts';
import { activeLayer, audioLevels, parseApiMessage } from './api-channel.ts';
import { parseLossyMessage } from './lossy-message.ts';
import type { Params } from './methods.ts';
import { Publisher } from './publisher.ts';
import { RpcError } from './rpc.ts';
import { Subscriber } from './subscriber.ts';
import { MAX_SUBSCRIPTIONS } from './subscribing.ts';

/** Messages of the API channel that are heard. */
const API_RATE = { perSecond: 20, burst: 100 };

/** Which of a client's two peer connections. */
export type ConnectionRole = 'publisher' | 'subscriber';

export interface ClientMediaOptions {
  readonly node: NodeContext;
  /** The id of the room that the client will join. */
  readonly roomId: string;
  readonly address: string;
  readonly codecs: DecodableCodecs;
  readonly budget: MessageBudget;
  readonly log: Log;
  /** Whether the client understands what ion-sfu lacks. */
  readonly extended: boolean;
  /** Tells the client, if it understands. */
  readonly tell: <Name extends SignalNotice>(method: Name, params: z.output<(typeof signalNotices)[Name]>) => void;
  readonly sendOffer: (sdp: string) => void;
  /** A peer connection ended. */
  readonly ended: (role: ConnectionRole, reason: CloseReason) => void;
}

/** The two peer connections of a client, and what comes and goes over them. */
export class ClientMedia {
  readonly #options: ClientMediaOptions;
  readonly #apiRate = new TokenBucket(API_RATE, performance.now());
  #publisher: Publisher | undefined;
  #subscriber: Subscriber | undefined;
  #seat: Seat | undefined;
  /** How each track is sent, as it was told last. */
  readonly #subscriptionStates = new Map<string, SubscriptionState>();
  /** Whether the client gets every track without asking. */
  #autoSubscribes = false;
  #closed = false;

  constructor(options: ClientMediaOptions) {
    this.#options = options;
  }

  /**
   * The subscriber connection; opens it the first time.
   *
   * @throws TooManyHandshakesError
   */
  subscriber(): Subscriber {
    this.#subscriber ??= this.#makeSubscriber();
    return this.#subscriber;
  }

  /** Own tracks that the room knows. */
  get published(): Publisher['published'] {
    return this.#publisher?.published ?? [];
  }

  /**
   * Answers the client's offer on the publisher connection.
   *
   * @throws NegotiationError, TooManyHandshakesError
   */
  async publish(sdp: string, tracks: Params<'offer'>['tracks']): Promise<string> {
    this.#publisher ??= this.#makePublisher();
    return this.#publisher.answer(sdp, tracks);
  }

  /** @throws NegotiationError; RpcError when nothing was offered. */
  async acceptAnswer(sdp: string): Promise<void> {
    if (!this.#subscriber) throw new RpcError('conflict', 'Nothing was offered.', 'conflict');
    await this.#subscriber.answer(sdp);
  }

  /** The client has its place in the room. */
  join(seat: Seat, autoSubscribes: boolean): void {
    this.#seat = seat;
    this.#autoSubscribes = autoSubscribes;
  }

  /** Shows the client's tracks to the others, and offers it theirs. */
  enter(): void {
    this.showTracks();
    this.#autoSubscribeAll();
    this.#subscriber?.start();
  }

  /** Shows what the client has begun to publish. */
  showTracks(): void {
    if (this.#seat) this.#publisher?.enter(this.#seat);
  }

  trackPublished(trackId: string): void {
    if (!this.#seat || !this.#subscriber || !this.#autoSubscribes) return;
    const { room, participant } = this.#seat;
    const track = room.track(trackId);
    if (!track || participant.tracks.has(trackId) || !participant.permissions.subscribe) return;
    if (!this.#subscriber.has(trackId) && this.#subscriber.size < MAX_SUBSCRIPTIONS) this.#subscriber.add(track);
  }

  trackUnpublished(trackId: string): void {
    this.#subscriber?.remove(trackId);
  }

  permissionsChanged({ subscribe }: Permissions): void {
    this.#publisher?.review();
    if (subscribe) this.#autoSubscribeAll();
    else this.#subscriber?.removeAll();
  }

  /** Brings a message that may be lost to a client that understands it. */
  sendLossy(json: string): void {
    this.#subscriber?.messages.sendLossy(json);
  }

  /** Brings a message over the data channel with this label. */
  relay(label: string, data: string | Uint8Array): void {
    this.#subscriber?.messages.relay(label, data);
  }

  /** Tells clients of ion-sfu who speaks. */
  tellAudioLevels(): void {
    if (!this.#seat) return;
    const { room } = this.#seat;
    this.#subscriber?.apiSend(audioLevels(room.speakers, room));
  }

  /** Tells again how each track is sent. */
  tellSubscriptions(): void {
    for (const state of this.#subscriptionStates.values()) this.#options.tell('subscription', state);
  }

  /** The last offer, or its answer, may have been lost. */
  offerAnew(): void {
    this.#subscriber?.offerAnew();
  }

  quality(nowMs: number): Omit<QualitySample, 'lost'> {
    const receives = this.#subscriber?.stats(nowMs);
    const sends = this.#publisher?.reception;
    return {
      rttMs: Math.max(receives?.rttMs ?? 0, sends?.rttMs ?? 0),
      lossFraction: Math.max(receives?.lossFraction ?? 0, sends?.lossFraction ?? 0),
      bandwidthShare: this.#subscriber?.bandwidthShare(nowMs),
      silentMs: Math.max(this.#publisher?.silentMs(nowMs) ?? 0, this.#subscriber?.silentMs(nowMs) ?? 0),
    };
  }

  stats(nowMs: number): PeerStats {
    const { subscriptions = [] } = this.#subscriber ?? {};
    const receiving = this.#subscriber?.stats(nowMs);
    return { connection: 'webrtc', subscriptions, receiving, incoming: this.#publisher?.incoming };
  }

  close(): void {
    this.#closed = true;
    this.#publisher?.close();
    this.#subscriber?.close();
  }

  #autoSubscribeAll(): void {
    for (const track of this.#seat?.room.tracks ?? []) this.trackPublished(track.id);
  }

  #makePublisher(): Publisher {
    const { node, roomId, log, tell } = this.#options;
    return new Publisher({
      connection: this.#openConnection('publisher'),
      forwarder: node.mediaPort,
      avoidedCodec: (codec) => node.rooms.lacks(roomId, codec),
      published: (track, clientTrackId) => {
        log.info({ track: track.id, kind: track.kind, codec: track.codec.mimeType }, 'published');
        tell('published', { trackId: track.id, clientTrackId });
        if (track.mutedByModerator) tell('muted', { trackId: track.id, muted: true });
      },
      exceeded: () => node.metrics.badRequests.inc({ at: 'tracks' }),
      message: (label, data) => this.#receiveMessage(label, data),
    });
  }

  #makeSubscriber(): Subscriber {
    const { node, log, extended, sendOffer } = this.#options;
    return new Subscriber({
      connection: this.#openConnection('subscriber'),
      sendOffer,
      apiOpened: () => !extended && this.tellAudioLevels(),
      apiMessage: (data) => this.#heed(data),
      messageDropped: () => node.metrics.droppedMessages.inc(),
      speakers: () => this.#seat?.room.speakers ?? [],
      subscriptionChanged: (state) => this.#tellSubscription(state),
      refused: (track) => this.#refused(track),
      failed: (error) => log.error({ err: error }, 'no offer could be made'),
    });
  }

  #openConnection(role: ConnectionRole): Connection {
    const { node, address, codecs, log, ended } = this.#options;
    const connection = node.mediaPort.openConnection({ address, codecs });
    connection.on('connected', () => log.debug({ role }, 'connected'));
    connection.on('closed', ({ reason }) => {
      if (!this.#closed) ended(role, reason);
    });
    return connection;
  }

  /** The client did not take a track: when it cannot decode it, it is told, so that nobody wonders why nothing is seen. */
  #refused({ id, codec }: Track): void {
    const { codecs, log } = this.#options;
    const known = findCodec(codec);
    const reason = known && codecs.decodes(known) ? 'declined' : 'unsupported-codec';
    log.info({ track: id, codec: codec.mimeType, reason }, 'a track was not taken');
    if (reason === 'declined') return;
    if (known) codecs.refused(known);
    this.#tellSubscription({ trackId: id, state: 'paused', reason });
  }

  #tellSubscription(state: SubscriptionState): void {
    this.#subscriptionStates.set(state.trackId, state);
    for (const trackId of this.#subscriptionStates.keys()) {
      if (!this.#subscriber?.has(trackId)) this.#subscriptionStates.delete(trackId);
    }
    this.#options.tell('subscription', state);
    const track = this.#options.extended ? undefined : this.#seat?.room.track(state.trackId);
    const told = track && activeLayer(state, track);
    if (told) this.#subscriber?.apiSend(told);
  }

  /** A message that came over a data channel; one beyond the limits, or not allowed, is left out. */
  #receiveMessage(label: string, data: string | Uint8Array): void {
    const { node, budget } = this.#options;
    const seat = this.#seat;
    if (!seat || this.#closed) return;
    if (label === LOSSY_CHANNEL_LABEL) return this.#receiveLossy(seat, data);
    if (!seat.participant.permissions.data) return;
    const bytes = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    if (budget.refusal(bytes, performance.now())) node.metrics.badRequests.inc({ at: 'messages' });
    else seat.room.relay(seat.participant, label, data);
  }

  #receiveLossy(seat: Seat, data: string | Uint8Array): void {
    const { node, budget } = this.#options;
    const message = parseLossyMessage(data);
    const outcome = message ? sendMessage(seat, budget, message) : 'invalid-request';
    if (typeof outcome === 'string') node.metrics.badRequests.inc({ at: 'messages' });
  }

  #heed(data: string | Uint8Array): void {
    const wish = this.#apiRate.take(performance.now()) ? parseApiMessage(data) : 'malformed';
    if (wish === 'malformed') return this.#options.node.metrics.badRequests.inc({ at: 'api-channel' });
    if (!wish) return;
    for (const { id, kind } of this.#subscriber?.ofStream(wish.streamId) ?? []) {
      const wanted = wish[kind];
      if (wanted) this.#subscriber?.wish(id, wanted);
    }
  }
}
