import type { ParticipantStats } from '@muon/contract/participant-stats.ts';
import type { AccessClaims } from '@muon/contract/token.ts';
import type { Log } from '@muon/service/log.ts';
import { redact } from '@muon/service/redact.ts';
import type { NodeContext } from './context.ts';
import { Refusal } from './refusal.ts';
import type { Room } from './room.ts';

export interface AttendanceOptions {
  readonly node: Pick<NodeContext, 'log' | 'metrics'>;
  readonly connection: ParticipantStats['connection'];
  /** Of the client. */
  readonly address: string;
}

/** Tells the operator how it went with one who came to join: a line of the log, and a count, for each turn. */
export class Attendance {
  /** Its lines say whom they are about, as far as it is known. */
  log: Log;
  readonly #options: AttendanceOptions;
  #joinedMs: number | undefined;

  constructor(options: AttendanceOptions) {
    this.#options = options;
    const { node, connection, address } = options;
    this.log = node.log.child({ connection, address: redact(address) });
  }

  /** The token is good, and says who it is. */
  identified({ room, sub, kind }: Pick<AccessClaims, 'room' | 'sub' | 'kind'>): void {
    this.log = this.log.child({ room, identity: sub, kind });
  }

  joined({ epoch, seats }: Room): void {
    const { node, connection } = this.#options;
    this.#joinedMs = performance.now();
    node.metrics.joins.inc({ connection });
    this.log.info({ epoch, seats }, 'joined');
  }

  /** It did not come to a join, for a stable `code` and, in words, a reason. */
  failed(fault: { readonly code: string; readonly message: string }): void {
    const { node, connection } = this.#options;
    const { code, message } = fault;
    if (fault instanceof Refusal) fault.logged = true;
    node.metrics.failedJoins.inc({ connection, code });
    this.log.info({ code, reason: message }, 'join failed');
  }

  /** Who never joined does not leave. */
  left(reason: string): void {
    if (this.#joinedMs === undefined) return;
    const seconds = Math.round((performance.now() - this.#joinedMs) / 1000);
    this.#joinedMs = undefined;
    this.#options.node.metrics.leaves.inc({ reason });
    this.log.info({ reason, seconds }, 'left');
  }
}
