import type { Attendance } from '../attendance.ts';
import type { NodeContext } from '../context.ts';
import type { Connection } from '../io/connection.ts';
import type { IncomingStats } from '../io/receiver.ts';
import { Refusal } from '../refusal.ts';
import type { Seat } from '../rooms.ts';
import { Publisher } from '../signal/publisher.ts';
import type { Role } from './http-participant.ts';

/** Publishes what a WHIP client sends. */
export class Ingest implements Role {
  readonly connection = 'whip';
  readonly subscriptions = [];
  readonly #publisher: Publisher;

  constructor(connection: Connection, { mediaPort, metrics }: NodeContext, { log }: Attendance) {
    this.#publisher = new Publisher({
      connection,
      forwarder: mediaPort,
      published: (track) => log.info({ track: track.id, kind: track.kind, codec: track.codec.mimeType }, 'published'),
      exceeded: () => metrics.badRequests.inc({ at: 'tracks' }),
      message: () => undefined,
    });
  }

  async answer(sdp: string): Promise<string> {
    const answer = await this.#publisher.answer(sdp);
    // Rather nothing than half of it, unnoticed (RFC 9725 section 4.4.3).
    if (/^m=\w+ 0 /m.test(answer)) {
      throw new Refusal('not-acceptable', 'A medium of the offer has no codec that this node forwards.');
    }
    return answer;
  }

  enter(seat: Seat): void {
    this.#publisher.enter(seat);
  }

  get incoming(): ReadonlyMap<string, IncomingStats> {
    return this.#publisher.incoming;
  }

  notify(): void {}

  permissionsChanged(): void {
    this.#publisher.review();
  }

  close(): void {
    this.#publisher.close();
  }
}
