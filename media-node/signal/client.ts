import type { RoomEvent } from '@muon/contract/participant.ts';
import { SIGNAL_SUBPROTOCOL, signalParams, type SignalMethod } from '@muon/contract/signal.ts';
import type { AccessClaims } from '@muon/contract/token.ts';
import type { Log } from '@muon/service/log.ts';
import type { WebSocket } from 'ws';
import type * as z from 'zod';
import type { Closing } from '../closing.ts';
import type { NodeContext } from '../context.ts';
import type { Connection } from '../io/connection.ts';
import type { Peer } from '../participant.ts';
import type { Seat } from '../rooms.ts';
import { TokenBucket } from '../token-bucket.ts';
import { parseApiMessage } from './api-channel.ts';
import { Publisher } from './publisher.ts';
import { RpcSocket, type Answer } from './rpc-socket.ts';
import { parseParams, RpcError, type RpcRequest } from './rpc.ts';
import { Subscriber } from './subscriber.ts';

/** Messages of the API channel that are heard. */
const API_RATE = { perSecond: 20, burst: 100 };

/** A client that has its WebSocket and does not join holds it for nothing. */
const JOIN_TIMEOUT_MS = 30_000;

type Params<Method extends SignalMethod> = z.infer<(typeof signalParams)[Method]>;

/** A client that speaks ion-sfu's verbs: its WebSocket, its two peer connections, and its place in the room. */
export class Client implements Peer {
  readonly #claims: AccessClaims;
  readonly #node: NodeContext;
  readonly #log: Log;
  readonly #rpc: RpcSocket;
  /** Whether it understands what ion-sfu lacks. */
  readonly #extended: boolean;
  readonly #apiRate = new TokenBucket(API_RATE, performance.now());
  readonly #joinTimer = setTimeout(() => this.#rpc.close('invalidRequest', 'invalid-request'), JOIN_TIMEOUT_MS);
  #publisher: Publisher | undefined;
  #subscriber: Subscriber | undefined;
  #seat: Seat | undefined;
  #subscribes = false;
  #entered = false;
  #left: string | undefined;

  constructor(socket: WebSocket, claims: AccessClaims, node: NodeContext) {
    this.#claims = claims;
    this.#node = node;
    this.#log = node.log.child({ room: claims.room, identity: claims.sub });
    this.#extended = socket.protocol === SIGNAL_SUBPROTOCOL;
    this.#rpc = new RpcSocket({
      socket,
      metrics: node.metrics,
      log: this.#log,
      handle: (request) => this.#handle(request),
      ended: (code) => this.#leave(code === 1000 || code === 1001 ? 'left' : 'disconnected'),
    });
  }

  notify(event: RoomEvent): void {
    // What happens before is in what the client is told first.
    if (!this.#entered) return;
    if (event.type === 'trackPublished') this.#subscribe(event.track.id);
    if (event.type === 'trackUnpublished') this.#subscriber?.remove(event.trackId);
    this.#tell('event', event);
  }

  relay(label: string, data: string | Uint8Array): void {
    if (this.#claims.grants.subscribe) this.#subscriber?.relay(label, data);
  }

  close({ code, reason }: Closing): void {
    this.#leave(reason);
    this.#rpc.close(code, reason);
  }

  async #handle({ method, params }: RpcRequest): Promise<Answer> {
    switch (method as SignalMethod) {
      case 'join':
        return this.#join(parseParams(signalParams.join, params));
      case 'offer':
        return this.#offer(parseParams(signalParams.offer, params));
      case 'answer':
        return this.#answer(parseParams(signalParams.answer, params));
      case 'trickle':
        // A lite agent learns addresses from verified checks, so that no candidate has to be kept.
        parseParams(signalParams.trickle, params);
        return { result: null };
      case 'mute':
        return this.#mute(parseParams(signalParams.mute, params));
      case 'leave':
        return { result: null, afterwards: () => this.#rpc.close('done', '') };
      default:
        throw new RpcError('methodNotFound', 'There is no such method.', 'method-not-allowed');
    }
  }

  async #join({ sid, offer, tracks, config }: Params<'join'>): Promise<Answer> {
    const { room, roomName, grants } = this.#claims;
    if (this.#seat || this.#left) throw new RpcError('conflict', 'Already joined.', 'conflict');
    if (sid !== room && sid !== roomName) {
      throw new RpcError('notFound', 'The token is for another room.', 'room-not-found');
    }
    const result = offer ? await this.#publish(offer.sdp, tracks) : null;
    if (this.#left) throw new RpcError('conflict', 'The client has left.', 'conflict');
    this.#subscriber ??= this.#openSubscriber();
    const seat = this.#node.rooms.join(this.#claims, this);
    this.#seat = seat;
    clearTimeout(this.#joinTimer);
    this.#subscribes = grants.subscribe && !config?.NoSubscribe && !config?.NoAutoSubscribe;
    return { result, afterwards: () => this.#enter(seat) };
  }

  /** Tells the client who is there, shows its tracks to the others, and offers it theirs. */
  #enter(seat: Seat): void {
    const { room, participant } = seat;
    const { identity, name } = participant;
    this.#node.metrics.joins.inc({ connection: 'webrtc' });
    this.#log.info({ epoch: room.epoch, seats: room.seats }, 'joined');
    this.#tell('room', {
      room: { id: room.id, name: room.name },
      participant: { identity, name },
      participants: room.describe(participant),
    });
    this.#entered = true;
    this.#publisher?.enter(seat);
    for (const track of room.tracks) if (track.identity !== identity) this.#subscribe(track.id);
    this.#subscriber?.start();
  }

  async #offer({ desc, tracks }: Params<'offer'>): Promise<Answer> {
    const seat = this.#seat;
    if (!seat) throw new RpcError('conflict', 'Join first.', 'conflict');
    const result = await this.#publish(desc.sdp, tracks);
    return { result, afterwards: () => this.#publisher?.enter(seat) };
  }

  async #answer({ desc }: Params<'answer'>): Promise<Answer> {
    if (!this.#entered || !this.#subscriber) throw new RpcError('conflict', 'Nothing was offered.', 'conflict');
    await this.#subscriber.answer(desc.sdp);
    return { result: null };
  }

  async #mute({ trackId, muted }: Params<'mute'>): Promise<Answer> {
    const track = this.#publisher?.track(trackId);
    if (!track) throw new RpcError('notFound', 'You publish no such track.', 'track-not-found');
    this.#seat?.room.setMuted(track, muted);
    return { result: null };
  }

  async #publish(sdp: string, tracks: Params<'offer'>['tracks']): Promise<unknown> {
    this.#publisher ??= this.#openPublisher();
    return { type: 'answer', sdp: await this.#publisher.answer(sdp, tracks) };
  }

  #subscribe(trackId: string): void {
    const track = this.#seat?.room.track(trackId);
    if (track && this.#subscribes) this.#subscriber?.add(track);
  }

  #openPublisher(): Publisher {
    return new Publisher({
      connection: this.#openConnection('publisher'),
      forwarder: this.#node.mediaPort,
      published: (track, clientTrackId) => {
        this.#log.info({ track: track.id, kind: track.kind, codec: track.codec.mimeType }, 'published');
        this.#tell('published', { trackId: track.id, clientTrackId });
      },
      exceeded: (what) => this.#node.metrics.badRequests.inc({ at: what }),
    });
  }

  #openSubscriber(): Subscriber {
    return new Subscriber({
      connection: this.#openConnection('subscriber'),
      sendOffer: (sdp) => this.#rpc.notify('offer', { type: 'offer', sdp }),
      apiMessage: (data) => this.#heed(data),
      failed: (error) => this.#log.error({ err: error }, 'no offer could be made'),
    });
  }

  /** A peer connection without which the client is not in the room. */
  #openConnection(role: 'publisher' | 'subscriber'): Connection {
    const connection = this.#node.mediaPort.openConnection();
    connection.on('connected', () => this.#log.debug({ role }, 'connected'));
    connection.on('closed', ({ reason }) => {
      if (this.#left) return;
      this.#log.info({ role, reason }, 'a peer connection ended');
      this.#leave(reason);
      if (reason === 'dtls-closed') this.#rpc.close('done', '');
      else this.#rpc.close('mediaLost', reason);
    });
    return connection;
  }

  #heed(data: string | Uint8Array): void {
    const wish = this.#apiRate.take(performance.now()) ? parseApiMessage(data) : 'malformed';
    if (wish === 'malformed') this.#node.metrics.badRequests.inc({ at: 'api-channel' });
    else if (wish) this.#subscriber?.wish(wish);
  }

  /** Tells what stock clients of ion-sfu would not understand. */
  #tell(method: 'room' | 'event' | 'published', params: unknown): void {
    if (this.#extended) this.#rpc.notify(method, params);
  }

  #leave(reason: string): void {
    if (this.#left) return;
    this.#left = reason;
    clearTimeout(this.#joinTimer);
    this.#seat?.leave();
    this.#publisher?.close();
    this.#subscriber?.close();
    if (!this.#seat) return;
    this.#node.metrics.leaves.inc({ reason });
    this.#log.info({ reason }, 'left');
  }
}
