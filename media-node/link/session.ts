import {
  linkCloseCodes,
  linkRequest,
  MAX_LINK_TEXT_BYTES,
  type LinkNotice,
  type LinkRequest,
} from '@muon/contract/link.ts';
import type { RoomEvent } from '@muon/contract/participant.ts';
import type { Permissions } from '@muon/contract/permissions.ts';
import type { AccessClaims } from '@muon/contract/token.ts';
import type { Log } from '@muon/service/log.ts';
import { decodeLinkFrame } from '@muon/wire/link/frame.ts';
import { ProtocolError } from '@muon/wire/protocol-error.ts';
import { WebSocket } from 'ws';
import type * as z from 'zod';
import type { Attendance } from '../attendance.ts';
import type { Closing } from '../closing.ts';
import type { NodeContext } from '../context.ts';
import { MessageBudget } from '../message-budget.ts';
import type { Peer, PeerStats } from '../participant.ts';
import type { RoomMessage } from '../room-message.ts';
import { messageRefusals, sendMessage } from '../send-message.ts';
import type { Seat } from '../rooms.ts';
import { TokenBucket } from '../token-bucket.ts';
import { Backpressure } from './backpressure.ts';
import { LinkOutbox } from './outbox.ts';
import { LinkPublications } from './publications.ts';
import { LinkRefusal } from './refusal.ts';
import { LinkSubscriptions } from './subscriptions.ts';

/** What one link may ask; a composer that joins a large room subscribes to all of it at once. */
const REQUEST_RATE = { perSecond: 100, burst: 2000 };

type Request = z.infer<typeof linkRequest>;

export interface LinkSessionOptions {
  readonly node: NodeContext;
  readonly attendance: Attendance;
}

/** A participant that is in the room over a link (`muon.link.v1`). */
export class LinkSession implements Peer {
  readonly #socket: WebSocket;
  readonly #node: NodeContext;
  readonly #attendance: Attendance;
  readonly #log: Log;
  readonly #seat: Seat;
  readonly #publications: LinkPublications;
  readonly #subscriptions: LinkSubscriptions;
  readonly #outbox = new LinkOutbox((frame) => this.#sendFrame(frame));
  readonly #backpressure = new Backpressure();
  readonly #budget = new MessageBudget(performance.now());
  readonly #rate = new TokenBucket(REQUEST_RATE, performance.now());
  #left: string | undefined;

  /** @throws Refusal when the room does not take it in. */
  constructor(socket: WebSocket, claims: AccessClaims, { node, attendance }: LinkSessionOptions) {
    this.#socket = socket;
    this.#node = node;
    this.#attendance = attendance;
    this.#log = attendance.log;
    this.#seat = node.rooms.join(claims, this);
    const shared = { seat: this.#seat, metrics: node.metrics, notify: (notice: LinkNotice) => this.#send(notice) };
    this.#publications = new LinkPublications({ ...shared, forwarder: node.mediaPort });
    this.#subscriptions = new LinkSubscriptions({
      ...shared,
      outbox: this.#outbox,
      isBehind: () => this.#isBehind(),
    });
    socket.on('message', (data, binary) => this.#receive(data as Buffer, binary));
    socket.on('error', (error) => this.#log.info({ reason: error.message }, 'the link broke the WebSocket protocol'));
    socket.on('close', (code) => this.#leave(code === 1000 || code === 1001 ? 'left' : 'disconnected'));
    this.#greet(claims);
  }

  notify(event: RoomEvent): void {
    if (event.type === 'trackUnpublished') this.#subscriptions.remove(event.trackId);
    this.#send({ type: 'event', event });
  }

  /** Links have no use for it. */
  tell(): void {}

  /** A link loses nothing. */
  quality(): undefined {}

  stats(): PeerStats {
    const subscriptions = this.#subscriptions.trackIds.map((trackId) => ({ trackId, state: 'active' }) as const);
    return { connection: 'link', subscriptions };
  }

  permissionsChanged({ subscribe }: Permissions): void {
    if (!subscribe) this.#subscriptions.removeAll();
  }

  message({ json }: RoomMessage): void {
    this.#sendText(`{"type":"message",${json.slice(1)}`);
  }

  /** Links have no data channels. */
  relay(): void {}

  close({ code, reason }: Closing): void {
    this.#end(code, reason);
  }

  #greet({ kind }: AccessClaims): void {
    const { room, participant } = this.#seat;
    const { identity, name } = participant;
    this.#attendance.joined(room);
    this.#send({
      type: 'joined',
      room: { id: room.id, name: room.name },
      participant: { identity, name, kind },
      participants: room.describe(participant),
    });
  }

  #receive(data: Buffer, binary: boolean): void {
    if (this.#left) return;
    try {
      if (binary) this.#publications.receive(decodeLinkFrame(data));
      else this.#handle(this.#parse(data));
    } catch (error) {
      if (!(error instanceof ProtocolError)) this.#log.error({ err: error }, 'a message of a link failed');
      this.#node.metrics.badRequests.inc({ at: 'link' });
      this.#log.info({ reason: String(error) }, 'closing on a link that breaks its protocol');
      this.#end('protocolError', error instanceof ProtocolError ? 'invalid-request' : 'internal-error');
    }
  }

  /** @throws ProtocolError when it is not a message at all; undefined when it is refused. */
  #parse(data: Buffer): Request | undefined {
    if (data.length > MAX_LINK_TEXT_BYTES) throw new ProtocolError(`message of ${data.length} bytes`);
    if (!this.#rate.take(performance.now())) throw new ProtocolError('too many requests');
    let message: unknown;
    try {
      message = JSON.parse(data.toString());
    } catch {
      throw new ProtocolError('message that is not JSON');
    }
    const request = linkRequest.safeParse(message);
    if (request.success) return request.data;
    const { path, message: fault } = request.error.issues[0]!;
    const type = typeof message === 'object' && message && 'type' in message ? message.type : undefined;
    this.#refuse(typeof type === 'string' ? type.slice(0, 64) : 'unknown', {
      code: 'invalid-request',
      message: `${path.join('.')}: ${fault}`,
    });
    return undefined;
  }

  #handle(request: Request | undefined): void {
    if (!request) return;
    try {
      this.#dispatch(request);
    } catch (error) {
      if (!(error instanceof LinkRefusal)) throw error;
      this.#refuse(request.type, error);
    }
  }

  #dispatch(request: Request): void {
    switch (request.type) {
      case 'publish':
        return this.#publications.publish(request);
      case 'unpublish':
        return this.#publications.unpublish(request.number);
      case 'setMuted':
        return this.#publications.setMuted(request.number, request.muted);
      case 'subscribe':
        return this.#subscriptions.add(request.trackId, request.layer);
      case 'unsubscribe':
        return this.#subscriptions.remove(request.trackId);
      case 'requestKeyframe':
        return this.#subscriptions.requestKeyframe(request.trackId);
      case 'sendMessage':
        return this.#sendMessage(request);
      default:
        request satisfies never;
    }
  }

  #refuse(
    request: LinkRequest['type'] | (string & {}),
    { code, message }: Pick<LinkRefusal, 'code' | 'message'>,
  ): void {
    this.#node.metrics.refusedRequests.inc({ code });
    this.#log.info({ request, code, reason: message }, 'request refused');
    this.#send({ type: 'refused', request, code, message });
  }

  /** @throws LinkRefusal */
  #sendMessage(message: Extract<Request, { type: 'sendMessage' }>): void {
    const outcome = sendMessage(this.#seat, this.#budget, { ...message, lossy: false });
    if (typeof outcome === 'string') throw new LinkRefusal(outcome, messageRefusals[outcome]);
  }

  #send(notice: LinkNotice): void {
    this.#sendText(JSON.stringify(notice));
  }

  #sendText(text: string): void {
    // Packets that came before an event are heard before it.
    this.#outbox.flush();
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
    this.#checkPressure();
  }

  #sendFrame(frame: Buffer): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(frame);
    this.#checkPressure();
  }

  /** Looks anew, since without video there may be nothing more to send. */
  #isBehind(): boolean {
    if (this.#backpressure.behind) this.#checkPressure();
    return this.#backpressure.behind;
  }

  #checkPressure(): void {
    const change = this.#backpressure.update(this.#socket.bufferedAmount, performance.now());
    if (change === 'fellBehind') this.#log.warn('the link is slow; its video waits');
    if (change === 'caughtUp') this.#subscriptions.resumeVideo();
    if (change === 'hopeless') this.#end('tooSlow', 'too-slow');
  }

  #end(code: keyof typeof linkCloseCodes, reason: string): void {
    this.#leave(reason);
    this.#socket.close(linkCloseCodes[code], reason);
  }

  #leave(reason: string): void {
    if (this.#left) return;
    this.#left = reason;
    this.#subscriptions.close();
    this.#publications.close();
    this.#seat.leave();
    this.#attendance.left(reason);
  }
}
