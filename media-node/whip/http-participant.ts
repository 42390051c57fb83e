import { randomBytes } from 'node:crypto';
import type { RoomEvent } from '@muon/contract/participant.ts';
import type { AccessClaims } from '@muon/contract/token.ts';
import type { Attendance } from '../attendance.ts';
import type { Closing } from '../closing.ts';
import type { NodeContext } from '../context.ts';
import type { QualitySample } from '../forward/connection-quality.ts';
import type { Connection } from '../io/connection.ts';
import type { Peer, PeerStats } from '../participant.ts';
import type { Seat } from '../rooms.ts';

/** What a participant without signalling does in its room: publish (WHIP) or play (WHEP). */
export interface Role {
  readonly connection: 'whip' | 'whep';
  /** Answers the client's offer. @throws NegotiationError */
  answer(sdp: string): Promise<string>;
  /** Begins, in the room. */
  enter(seat: Seat): void;
  notify(event: RoomEvent): void;
  /** What it is sent now. */
  readonly subscriptions: PeerStats['subscriptions'];
  readonly incoming?: PeerStats['incoming'];
  /** What it may do has changed. */
  permissionsChanged(): void;
  /** Ends, before the connection does. */
  close(): void;
}

export interface HttpParticipantOptions {
  readonly claims: AccessClaims;
  readonly node: NodeContext;
  readonly attendance: Attendance;
  readonly connection: Connection;
  readonly role: Role;
  /** Once, when it is no longer in the room. */
  readonly ended: () => void;
}

/** A participant that came by one HTTP request, and the resource that stands for it (RFC 9725). */
export class HttpParticipant implements Peer {
  /** Secret: who knows it may end or change the session. */
  readonly id = randomBytes(16).toString('base64url');
  readonly #options: HttpParticipantOptions;
  #seat: Seat | undefined;
  #left = false;

  constructor(options: HttpParticipantOptions) {
    this.#options = options;
    const { attendance, connection } = options;
    connection.on('connected', () => attendance.log.debug('connected'));
    connection.on('closed', ({ reason }) => this.#leave(reason));
  }

  /** Of the ICE session (RFC 9725 section 4.3.1). */
  get etag(): string {
    return `"${this.#options.connection.localUfrag}"`;
  }

  /**
   * Joins the room of the claims with the client's offer; gives the answer.
   *
   * @throws NegotiationError, or Refusal when the room does not take it in
   */
  async join(offer: string): Promise<string> {
    const { claims, node, attendance, role } = this.#options;
    const answer = await role.answer(offer);
    const seat = node.rooms.join(claims, this);
    this.#seat = seat;
    attendance.joined(seat.room);
    role.enter(seat);
    return answer;
  }

  /** Begins ICE anew for a client with this user name fragment; gives this side's attributes. */
  restartIce(remoteUfrag: string): string[] {
    this.#options.attendance.log.info('ICE restarted');
    return this.#options.connection.restartIceOf(remoteUfrag);
  }

  /** Whether the client's ICE is of this user name fragment. */
  isOf(remoteUfrag: string): boolean {
    return this.#options.connection.remoteUfrag === remoteUfrag;
  }

  /** The client is done. */
  end(): void {
    this.#leave('left');
  }

  notify(event: RoomEvent): void {
    this.#options.role.notify(event);
  }

  /** Of a player, by what it tells of what it is sent. */
  quality(nowMs: number): QualitySample | undefined {
    const { role, connection } = this.#options;
    if (role.connection === 'whip') return undefined;
    const { rttMs, lossFraction } = connection.transport.stats(nowMs);
    return { rttMs, lossFraction, bandwidthShare: undefined, silentMs: connection.silentMs(nowMs), lost: false };
  }

  stats(nowMs: number): PeerStats {
    const { role, connection } = this.#options;
    const receiving = role.connection === 'whep' ? connection.transport.stats(nowMs) : undefined;
    const { subscriptions, incoming } = role;
    return { connection: role.connection, subscriptions, receiving, incoming };
  }

  /** There is nobody to be told, nor to be sent messages. */
  tell(): void {}
  message(): void {}
  relay(): void {}

  permissionsChanged(): void {
    this.#options.role.permissionsChanged();
  }

  close({ reason }: Closing): void {
    this.#leave(reason);
  }

  #leave(reason: string): void {
    if (this.#left) return;
    this.#left = true;
    const { attendance, connection, role, ended } = this.#options;
    ended();
    role.close();
    this.#seat?.leave();
    connection.close();
    attendance.left(reason);
  }
}
