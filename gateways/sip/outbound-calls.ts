import type { CallAssignment, GatewayHeartbeatBody } from '@muon/contract/internal.ts';

/** What is told of every call: nobody should wait for a telephone that will not ring. */
const REASON = 'This gateway cannot dial out.';

/** Calls that the control plane wants out of rooms: refused, one by one, until the control plane has heard it. */
export class OutboundCalls {
  #wanted: readonly string[] = [];

  /** Whether there are some of which the control plane has not heard anything yet. */
  apply(calls: readonly Pick<CallAssignment, 'id'>[]): boolean {
    const told = new Set(this.#wanted);
    this.#wanted = calls.map(({ id }) => id);
    return this.#wanted.some((id) => !told.has(id));
  }

  get statuses(): NonNullable<GatewayHeartbeatBody['calls']> {
    return this.#wanted.map((id) => ({ id, status: 'failed', reason: REASON }));
  }
}
