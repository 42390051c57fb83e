import type { Call as CallResource } from '@muon/contract/call.ts';

export type CallStatus = CallResource['status'];

/** A call out of a room, and which gateway makes it. */
export interface Call {
  readonly id: string;
  readonly status: CallStatus;
  readonly reason?: string | undefined;
  readonly room: { readonly id: string; readonly name: string };
  readonly trunk: string;
  readonly to: string;
  readonly from?: string | undefined;
  readonly identity: string;
  readonly name: string;
  readonly gatewayId: string;
  readonly createdAt: string;
  readonly answeredAt?: string | undefined;
  readonly endedAt?: string | undefined;
  readonly revision: number;
}

/** A change of a call that was told or asked for. */
export interface CallChange {
  readonly status: CallStatus;
  readonly reason?: string | undefined;
  readonly answeredAt?: string | undefined;
  readonly endedAt?: string | undefined;
}

/** How far a status is; what a gateway tells late or again never leads back. */
const ORDER: Readonly<Record<CallStatus, number>> = { starting: 0, ringing: 1, active: 2, ended: 3, failed: 3 };

export function isOver(status: CallStatus): boolean {
  return ORDER[status] === 3;
}

/** Whether `to` comes after `from`. */
export function comesAfter(to: CallStatus, from: CallStatus): boolean {
  return ORDER[to] > ORDER[from];
}

/** The call as the API shows it. */
export function toCallResource(kept: Call): CallResource {
  const { gatewayId: _, room, reason, from, answeredAt, endedAt, ...call } = kept;
  return {
    ...call,
    room: { ...room },
    ...(reason === undefined ? {} : { reason }),
    ...(from === undefined ? {} : { from }),
    ...(answeredAt === undefined ? {} : { answeredAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
  };
}
