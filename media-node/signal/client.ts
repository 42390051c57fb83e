import { MAX_MESSAGE_BYTES } from '@muon/contract/message.ts';
import type { RoomEvent } from '@muon/contract/participant.ts';
import { SIGNAL_SUBPROTOCOL, type SignalMethod } from '@muon/contract/signal.ts';
import type { RoomState, signalNotices, SignalNotice } from '@muon/contract/signal-notice.ts';
import type { AccessClaims } from '@muon/contract/token.ts';
import type { Log } from '@muon/service/log.ts';
import type { WebSocket } from 'ws';
import type * as z from 'zod';
import type { Attendance } from '../attendance.ts';
import type { Closing } from '../closing.ts';
import type { NodeContext } from '../context.ts';
import type { QualitySample } from '../forward/connection-quality.ts';
import type { CloseReason } from '../io/connection.ts';
import { MessageBudget } from '../message-budget.ts';
import type { Peer, PeerNotice, PeerStats } from '../participant.ts';
import type { RoomMessage } from '../room-message.ts';
import type { Seat } from '../rooms.ts';
import { DecodableCodecs } from '../negotiation/decodable-codecs.ts';
import { ClientMedia, type ConnectionRole } from './client-media.ts';
import { SignalLine } from './line.ts';
import { callMethod, type Methods, type Params } from './methods.ts';
import { moderationMethods } from './moderation.ts';
import { participationMethods } from './participation.ts';
import type { Answer } from './rpc-socket.ts';
import { RpcError, rpcNoticeOf, type RpcId } from './rpc.ts';
import type { Session } from './sessions.ts';
import { subscribingMethods } from './subscribing.ts';

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
  readonly #media: ClientMedia;
  readonly #whenJoined: () => void;
  #seat: Seat | undefined;
  #entered = false;
  #left: string | undefined;

  constructor(socket: WebSocket, claims: AccessClaims, { node, address, attendance, joined }: ClientOptions) {
    this.#claims = claims;
    this.#whenJoined = joined;
    this.#node = node;
    this.#attendance = attendance;
    this.#log = attendance.log;
    this.#extended = socket.protocol === SIGNAL_SUBPROTOCOL;
    this.#media = new ClientMedia({
      node,
      roomId: claims.room,
      address,
      codecs: this.codecs,
      budget: this.#budget,
      log: this.#log,
      extended: this.#extended,
      tell: (method, params) => this.#tell(method, params),
      sendOffer: (sdp) => this.#line.notify('offer', { type: 'offer', sdp }),
      ended: (role, reason) => this.#mediaEnded(role, reason),
    });
    this.#methods = this.#makeMethods();
    this.#line = new SignalLine({
      metrics: node.metrics,
      log: this.#log,
      handle: (request) => callMethod(this.#methods, request),
      refused: (method, failure) => this.#refused(method, failure),
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
    if (event.type === 'trackPublished') this.#media.trackPublished(event.track.id);
    if (event.type === 'trackUnpublished') this.#media.trackUnpublished(event.trackId);
    this.#tell('event', event);
  }

  tell(notice: PeerNotice): void {
    if (!this.#entered) return;
    this.#tell(notice.method, notice.params);
    // What ion-sfu has of it goes over its own channel.
    if (notice.method === 'speakers' && !this.#extended) this.#media.tellAudioLevels();
  }

  quality(nowMs: number): QualitySample {
    return { ...this.#media.quality(nowMs), lost: !this.#line.connected };
  }

  stats(nowMs: number): PeerStats {
    return this.#media.stats(nowMs);
  }

  permissionsChanged(permissions: Seat['participant']['permissions']): void {
    if (!this.#entered) return;
    this.#tell('permissionsChanged', { permissions });
    this.#media.permissionsChanged(permissions);
  }

  message(message: RoomMessage, lossy: boolean): void {
    if (!this.#entered) return;
    if (!this.#extended) this.#media.relay(message.message.topic, message.data);
    // Browsers take no more over a data channel than they say, which is this when they say nothing.
    else if (lossy && message.jsonBytes <= MAX_MESSAGE_BYTES) this.#media.sendLossy(message.json);
    else this.#line.deliver(rpcNoticeOf('message', message.json));
  }

  relay(label: string, data: string | Uint8Array): void {
    this.#media.relay(label, data);
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
    this.#media.offerAnew();
  }

  #makeMethods(): Methods<SignalMethod> {
    const seat = (): Seat => this.#joined();
    return {
      join: (params) => this.#join(params),
      offer: (params) => this.#offer(params),
      answer: (params) => this.#answer(params),
      // A lite agent learns addresses from verified checks, so that no candidate has to be kept.
      trickle: () => ({ result: null }),
      leave: () => ({ result: null, afterwards: () => this.#goodbye() }),
      ping: () => ({ result: { timeMs: Date.now() } }),
      resume() {
        throw new RpcError('notFound', 'There is nothing to resume; join.', 'session-not-found');
      },
      ...participationMethods(seat, this.#budget),
      ...subscribingMethods(seat, () => this.#media.subscriber()),
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
    // Before the seat is taken: there may be no room for another connection.
    this.#media.subscriber();
    const seat = this.#node.rooms.join(this.#claims, this);
    this.#seat = seat;
    this.#whenJoined();
    this.#media.join(seat, !config?.NoSubscribe && !config?.NoAutoSubscribe);
    return { result, afterwards: () => this.#enter(seat) };
  }

  #refused(method: string, { data, message }: RpcError): void {
    const { code } = data;
    // Who is in the room has not failed to join it.
    if (method === 'join' && !this.#seat) this.#attendance.failed({ code, message });
    else this.#log.info({ method, code, reason: message }, 'request refused');
  }

  /** Tells the client who is there, shows its tracks to the others, and offers it theirs. */
  #enter(seat: Seat): void {
    const { room } = seat;
    this.#attendance.joined(room);
    if (this.#extended) this.#tell('room', this.#state(seat));
    this.#entered = true;
    this.#tellMoments(seat);
    this.#media.enter();
  }

  /** What is told only when it changes, to whoever heard none of it yet. */
  #tellMoments({ room }: Seat): void {
    if (room.speakers.length > 0) this.tell({ method: 'speakers', params: { speakers: room.speakers } });
    if (room.qualities.length > 0) this.tell({ method: 'quality', params: { participants: room.qualities } });
    this.#media.tellSubscriptions();
  }

  /** All that the client is to know now, with a new token to resume by. */
  #state({ room, participant }: Seat): RoomState {
    const { identity, profile, permissions } = participant;
    return {
      room: { id: room.id, name: room.name },
      participant: { identity, ...profile },
      permissions,
      participants: room.describe(participant),
      published: this.#media.published,
      resumeToken: this.#node.sessions.issueToken(this),
    };
  }

  async #offer({ desc, tracks }: Params<'offer'>): Promise<Answer> {
    this.#joined();
    const result = await this.#publish(desc.sdp, tracks);
    return { result, afterwards: () => this.#media.showTracks() };
  }

  async #answer({ desc }: Params<'answer'>): Promise<Answer> {
    if (!this.#entered) throw new RpcError('conflict', 'Nothing was offered.', 'conflict');
    await this.#media.acceptAnswer(desc.sdp);
    return { result: null };
  }

  async #publish(sdp: string, tracks: Params<'offer'>['tracks']): Promise<unknown> {
    return { type: 'answer', sdp: await this.#media.publish(sdp, tracks) };
  }

  /** @throws RpcError before the client has joined. */
  #joined(): Seat {
    if (!this.#seat || this.#left) throw new RpcError('conflict', 'Join first.', 'conflict');
    return this.#seat;
  }

  /** Without its peer connections a client is not in the room. */
  #mediaEnded(role: ConnectionRole, reason: CloseReason): void {
    this.#log.info({ role, reason }, 'a peer connection ended');
    this.#leave(reason);
    if (reason === 'dtls-closed') this.#line.close('done', '');
    else this.#line.close('mediaLost', reason);
  }

  /** Tells what stock clients of ion-sfu would not understand. */
  #tell<Name extends SignalNotice>(method: Name, params: z.output<(typeof signalNotices)[Name]>): void {
    if (this.#extended) this.#line.notify(method, params);
  }

  /** It said that it goes: nothing of it is waited for. */
  #goodbye(): void {
    this.#leave('left');
    this.#line.close('done', '');
  }

  #leave(reason: string): void {
    if (this.#left) return;
    this.#left = reason;
    this.#node.sessions.end(this);
    this.#seat?.leave();
    this.#media.close();
    this.#attendance.left(reason);
  }
}
