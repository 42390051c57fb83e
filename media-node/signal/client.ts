import { LOSSY_CHANNEL_LABEL, MAX_MESSAGE_BYTES } from '@muon/contract/message.ts';
import type { RoomEvent } from '@muon/contract/participant.ts';
import { SIGNAL_SUBPROTOCOL, type SignalMethod } from '@muon/contract/signal.ts';
import type { SubscriptionState } from '@muon/contract/subscription.ts';
import type { RoomState, signalNotices, SignalNotice } from '@muon/contract/signal-notice.ts';
import type { AccessClaims } from '@muon/contract/token.ts';
import type { Log } from '@muon/service/log.ts';
import type { WebSocket } from 'ws';
import type * as z from 'zod';
import type { Attendance } from '../attendance.ts';
import type { Closing } from '../closing.ts';
import type { NodeContext } from '../context.ts';
import type { QualitySample } from '../forward/connection-quality.ts';
import type { Connection } from '../io/connection.ts';
import { MessageBudget } from '../message-budget.ts';
import type { Peer, PeerNotice, PeerStats } from '../participant.ts';
import type { RoomMessage } from '../room-message.ts';
import type { Seat } from '../rooms.ts';
import { findCodec } from '../negotiation/codecs.ts';
import { DecodableCodecs } from '../negotiation/decodable-codecs.ts';
import type { Track } from '../track.ts';
import { sendMessage } from '../send-message.ts';
import { TokenBucket } from '../token-bucket.ts';
import { activeLayer, audioLevels, parseApiMessage } from './api-channel.ts';
import { internalError, toRpcError } from './failure.ts';
import { SignalLine } from './line.ts';
import { parseLossyMessage } from './lossy-message.ts';
import { callMethod, type Methods, type Params } from './methods.ts';
import { moderationMethods } from './moderation.ts';
import { participationMethods } from './participation.ts';
import { Publisher } from './publisher.ts';
import type { Answer } from './rpc-socket.ts';
import { RpcError, rpcNoticeOf, type RpcId } from './rpc.ts';
import type { Session } from './sessions.ts';
import { Subscriber } from './subscriber.ts';
import { MAX_SUBSCRIPTIONS, subscribingMethods } from './subscribing.ts';

/** Messages of the API channel that are heard. */
const API_RATE = { perSecond: 20, burst: 100 };

export interface ClientOptions {
  readonly node: NodeContext;
  readonly address: string;
  readonly attendance: Attendance;
  /** Called when it has joined. */
  readonly joined: () => void;
}

/** A client that speaks ion-sfu's verbs: its WebSocket, its two peer connections, and its place in the room. */
export class Client implements Peer, Session {
  readonly codecs = new DecodableCodecs();
  readonly #claims: AccessClaims;
  readonly #node: NodeContext;
  readonly #attendance: Attendance;
  readonly #log: Log;
  readonly #line: SignalLine;
  readonly #methods: Methods<SignalMethod>;
  /** Whether it understands what ion-sfu lacks. */
  readonly #extended: boolean;
  readonly #budget = new MessageBudget(performance.now());
  readonly #apiRate = new TokenBucket(API_RATE, performance.now());
  readonly #address: string;
  readonly #whenJoined: () => void;
  #publisher: Publisher | undefined;
  #subscriber: Subscriber | undefined;
  #seat: Seat | undefined;
  /** How each track is sent, as it was told last. */
  readonly #subscriptionStates = new Map<string, SubscriptionState>();
  /** Whether it gets every track without asking. */
  #autoSubscribes = false;
  #entered = false;
  #left: string | undefined;

  constructor(socket: WebSocket, claims: AccessClaims, { node, address, attendance, joined }: ClientOptions) {
    this.#claims = claims;
    this.#address = address;
    this.#whenJoined = joined;
    this.#node = node;
    this.#attendance = attendance;
    this.#log = attendance.log;
    this.#extended = socket.protocol === SIGNAL_SUBPROTOCOL;
    this.#methods = this.#makeMethods();
    this.#line = new SignalLine({
      metrics: node.metrics,
      log: this.#log,
      handle: (request) => callMethod(this.#methods, request),
      resumable: () => this.#extended && this.#entered && !this.#left,
      broken: () => this.#log.info('the WebSocket broke; the media goes on'),
      ended: (reason) => this.#leave(reason),
    });
    this.#line.attach(socket);
  }

  get movable(): boolean {
    return this.#extended && this.#entered;
  }

  notify(event: RoomEvent): void {
    // What happens before is in what the client is told first.
    if (!this.#entered) return;
    if (event.type === 'trackPublished') this.#autoSubscribe(event.track.id);
    if (event.type === 'trackUnpublished') this.#subscriber?.remove(event.trackId);
    this.#tell('event', event);
  }

  tell(notice: PeerNotice): void {
    if (!this.#entered) return;
    this.#tell(notice.method, notice.params);
    // What ion-sfu has of it goes over its own channel.
    if (notice.method === 'speakers' && !this.#extended) this.#tellAudioLevels();
  }

  quality(nowMs: number): QualitySample | undefined {
    const receives = this.#subscriber?.stats(nowMs);
    const sends = this.#publisher?.reception;
    return {
      rttMs: Math.max(receives?.rttMs ?? 0, sends?.rttMs ?? 0),
      lossFraction: Math.max(receives?.lossFraction ?? 0, sends?.lossFraction ?? 0),
      bandwidthShare: this.#subscriber?.bandwidthShare(nowMs),
      lost: !this.#line.connected,
    };
  }

  stats(nowMs: number): PeerStats {
    const { subscriptions = [] } = this.#subscriber ?? {};
    const receiving = this.#subscriber?.stats(nowMs);
    return { connection: 'webrtc', subscriptions, receiving, incoming: this.#publisher?.incoming };
  }

  permissionsChanged(permissions: Seat['participant']['permissions']): void {
    if (!this.#entered) return;
    this.#tell('permissionsChanged', { permissions });
    this.#publisher?.review();
    if (permissions.subscribe) this.#autoSubscribeAll();
    else this.#subscriber?.removeAll();
  }

  message(message: RoomMessage, lossy: boolean): void {
    if (!this.#entered) return;
    if (!this.#extended) this.#subscriber?.messages.relay(message.message.topic, message.data);
    // Browsers take no more over a data channel than they say, which is this when they say nothing.
    else if (lossy && message.jsonBytes <= MAX_MESSAGE_BYTES) this.#subscriber?.messages.sendLossy(message.json);
    else this.#line.deliver(rpcNoticeOf('message', message.json));
  }

  relay(label: string, data: string | Uint8Array): void {
    this.#subscriber?.messages.relay(label, data);
  }

  close({ code, reason }: Closing): void {
    this.#leave(reason);
    this.#line.close(code, reason);
  }

  resume(socket: WebSocket, id: RpcId | undefined): void {
    const seat = this.#joined();
    this.#line.attach(socket);
    this.#line.resumed(id, this.#state(seat));
    this.#tellMoments(seat);
    this.#log.info('resumed');
    // The last offer, or its answer, may have been lost with the WebSocket.
    this.#subscriber?.offerAnew();
  }

  #makeMethods(): Methods<SignalMethod> {
    const seat = (): Seat => this.#joined();
    return {
      join: (params) => this.#join(params).catch((error: unknown) => this.#failJoin(error)),
      offer: (params) => this.#offer(params),
      answer: (params) => this.#answer(params),
      // A lite agent learns addresses from verified checks, so that no candidate has to be kept.
      trickle: () => ({ result: null }),
      leave: () => ({ result: null, afterwards: () => this.#line.close('done', '') }),
      ping: () => ({ result: { timeMs: Date.now() } }),
      resume() {
        throw new RpcError('notFound', 'There is nothing to resume; join.', 'session-not-found');
      },
      ...participationMethods(seat, this.#budget),
      ...subscribingMethods(seat, () => this.#openedSubscriber()),
      ...moderationMethods(seat),
    };
  }

  async #join({ sid, offer, tracks, config }: Params<'join'>): Promise<Answer> {
    const { room, roomName } = this.#claims;
    if (this.#seat || this.#left) throw new RpcError('conflict', 'Already joined.', 'conflict');
    if (sid !== room && sid !== roomName) {
      throw new RpcError('notFound', 'The token is for another room.', 'room-not-found');
    }
    const result = offer ? await this.#publish(offer.sdp, tracks) : null;
    if (this.#left) throw new RpcError('conflict', 'The client has left.', 'conflict');
    this.#openedSubscriber();
    const seat = this.#node.rooms.join(this.#claims, this);
    this.#seat = seat;
    this.#whenJoined();
    this.#autoSubscribes = !config?.NoSubscribe && !config?.NoAutoSubscribe;
    return { result, afterwards: () => this.#enter(seat) };
  }

  #failJoin(error: unknown): never {
    const { data, message } = toRpcError(error) ?? internalError;
    // Who is in the room has not failed to join it.
    if (!this.#seat) this.#attendance.failed({ code: data.code, message });
    throw error;
  }

  /** Tells the client who is there, shows its tracks to the others, and offers it theirs. */
  #enter(seat: Seat): void {
    const { room } = seat;
    this.#attendance.joined(room);
    if (this.#extended) this.#tell('room', this.#state(seat));
    this.#entered = true;
    this.#tellMoments(seat);
    this.#publisher?.enter(seat);
    this.#autoSubscribeAll();
    this.#subscriber?.start();
  }

  /** What is told only when it changes, to whoever heard none of it yet. */
  #tellMoments({ room }: Seat): void {
    if (room.speakers.length > 0) this.tell({ method: 'speakers', params: { speakers: room.speakers } });
    if (room.qualities.length > 0) this.tell({ method: 'quality', params: { participants: room.qualities } });
    for (const state of this.#subscriptionStates.values()) this.#tell('subscription', state);
  }

  /** All that the client is to know now, with a new token to resume by. */
  #state({ room, participant }: Seat): RoomState {
    const { identity, profile, permissions } = participant;
    return {
      room: { id: room.id, name: room.name },
      participant: { identity, ...profile },
      permissions,
      participants: room.describe(participant),
      published: this.#publisher?.published ?? [],
      resumeToken: this.#node.sessions.issueToken(this),
    };
  }

  async #offer({ desc, tracks }: Params<'offer'>): Promise<Answer> {
    const seat = this.#joined();
    const result = await this.#publish(desc.sdp, tracks);
    return { result, afterwards: () => this.#publisher?.enter(seat) };
  }

  async #answer({ desc }: Params<'answer'>): Promise<Answer> {
    if (!this.#entered || !this.#subscriber) throw new RpcError('conflict', 'Nothing was offered.', 'conflict');
    await this.#subscriber.answer(desc.sdp);
    return { result: null };
  }

  async #publish(sdp: string, tracks: Params<'offer'>['tracks']): Promise<unknown> {
    this.#publisher ??= this.#openPublisher();
    return { type: 'answer', sdp: await this.#publisher.answer(sdp, tracks) };
  }

  /** @throws RpcError before the client has joined. */
  #joined(): Seat {
    if (!this.#seat || this.#left) throw new RpcError('conflict', 'Join first.', 'conflict');
    return this.#seat;
  }

  #autoSubscribeAll(): void {
    for (const track of this.#seat?.room.tracks ?? []) this.#autoSubscribe(track.id);
  }

  #autoSubscribe(trackId: string): void {
    if (!this.#seat || !this.#subscriber || !this.#autoSubscribes) return;
    const { room, participant } = this.#seat;
    const track = room.track(trackId);
    if (!track || participant.tracks.has(trackId) || !participant.permissions.subscribe) return;
    if (!this.#subscriber.has(trackId) && this.#subscriber.size < MAX_SUBSCRIPTIONS) this.#subscriber.add(track);
  }

  #openPublisher(): Publisher {
    return new Publisher({
      connection: this.#openConnection('publisher'),
      forwarder: this.#node.mediaPort,
      avoidedCodec: (codec) => this.#node.rooms.lacks(this.#claims.room, codec),
      published: (track, clientTrackId) => {
        this.#log.info({ track: track.id, kind: track.kind, codec: track.codec.mimeType }, 'published');
        this.#tell('published', { trackId: track.id, clientTrackId });
        if (track.mutedByModerator) this.#tell('muted', { trackId: track.id, muted: true });
      },
      exceeded: () => this.#node.metrics.badRequests.inc({ at: 'tracks' }),
      message: (label, data) => this.#receiveMessage(label, data),
    });
  }

  #openedSubscriber(): Subscriber {
    this.#subscriber ??= new Subscriber({
      connection: this.#openConnection('subscriber'),
      sendOffer: (sdp) => this.#line.notify('offer', { type: 'offer', sdp }),
      apiOpened: () => !this.#extended && this.#tellAudioLevels(),
      apiMessage: (data) => this.#heed(data),
      messageDropped: () => this.#node.metrics.droppedMessages.inc(),
      speakers: () => this.#seat?.room.speakers ?? [],
      subscriptionChanged: (state) => this.#tellSubscription(state),
      refused: (track) => this.#refused(track),
      failed: (error) => this.#log.error({ err: error }, 'no offer could be made'),
    });
    return this.#subscriber;
  }

  /** The client did not take a track: when it cannot decode it, it is told, so that nobody wonders why nothing is seen. */
  #refused({ id, codec }: Track): void {
    const known = findCodec(codec);
    const reason = known && this.codecs.decodes(known) ? 'declined' : 'unsupported-codec';
    this.#log.info({ track: id, codec: codec.mimeType, reason }, 'a track was not taken');
    if (reason === 'declined') return;
    if (known) this.codecs.refused(known);
    this.#tellSubscription({ trackId: id, state: 'paused', reason });
  }

  /** A peer connection without which the client is not in the room. */
  #openConnection(role: 'publisher' | 'subscriber'): Connection {
    const connection = this.#node.mediaPort.openConnection({ address: this.#address, codecs: this.codecs });
    connection.on('connected', () => this.#log.debug({ role }, 'connected'));
    connection.on('closed', ({ reason }) => {
      if (this.#left) return;
      this.#log.info({ role, reason }, 'a peer connection ended');
      this.#leave(reason);
      if (reason === 'dtls-closed') this.#line.close('done', '');
      else this.#line.close('mediaLost', reason);
    });
    return connection;
  }

  /** A message that came over a data channel; one beyond the limits, or not allowed, is left out. */
  #receiveMessage(label: string, data: string | Uint8Array): void {
    const seat = this.#seat;
    if (!seat || this.#left) return;
    if (label === LOSSY_CHANNEL_LABEL) return this.#receiveLossy(seat, data);
    if (!seat.participant.permissions.data) return;
    const bytes = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    if (this.#budget.refusal(bytes, performance.now())) this.#node.metrics.badRequests.inc({ at: 'messages' });
    else seat.room.relay(seat.participant, label, data);
  }

  #receiveLossy(seat: Seat, data: string | Uint8Array): void {
    const message = parseLossyMessage(data);
    const outcome = message ? sendMessage(seat, this.#budget, message) : 'invalid-request';
    if (typeof outcome === 'string') this.#node.metrics.badRequests.inc({ at: 'messages' });
  }

  #heed(data: string | Uint8Array): void {
    const wish = this.#apiRate.take(performance.now()) ? parseApiMessage(data) : 'malformed';
    if (wish === 'malformed') return this.#node.metrics.badRequests.inc({ at: 'api-channel' });
    if (!wish) return;
    for (const { id, kind } of this.#subscriber?.ofStream(wish.streamId) ?? []) {
      const wanted = wish[kind];
      if (wanted) this.#subscriber?.wish(id, wanted);
    }
  }

  #tellAudioLevels(): void {
    if (!this.#seat) return;
    const { room } = this.#seat;
    this.#subscriber?.apiSend(audioLevels(room.speakers, room));
  }

  #tellSubscription(state: SubscriptionState): void {
    this.#subscriptionStates.set(state.trackId, state);
    for (const trackId of this.#subscriptionStates.keys()) {
      if (!this.#subscriber?.has(trackId)) this.#subscriptionStates.delete(trackId);
    }
    this.#tell('subscription', state);
    const track = this.#extended ? undefined : this.#seat?.room.track(state.trackId);
    const told = track && activeLayer(state, track);
    if (told) this.#subscriber?.apiSend(told);
  }

  /** Tells what stock clients of ion-sfu would not understand. */
  #tell<Name extends SignalNotice>(method: Name, params: z.output<(typeof signalNotices)[Name]>): void {
    if (this.#extended) this.#line.notify(method, params);
  }

  #leave(reason: string): void {
    if (this.#left) return;
    this.#left = reason;
    this.#node.sessions.end(this);
    this.#seat?.leave();
    this.#publisher?.close();
    this.#subscriber?.close();
    this.#attendance.left(reason);
  }
}
