import type { UsageReport, UsageResource } from '@muon/contract/usage.ts';

/** How long what was used, in milliseconds. */
export interface Amounts {
  readonly participantMs: number;
  readonly egressMs: number;
  readonly callMs: number;
}

/** What was used on one day, in one room or in all. */
export interface Usage extends Amounts {
  readonly day: string;
  readonly room?: { readonly id: string; readonly name: string } | undefined;
}

/** Days in UTC, both included. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

const DAY_MS = 86_400_000;

export const none: Amounts = { participantMs: 0, egressMs: 0, callMs: 0 };

export function plus(a: Amounts, b: Amounts): Amounts {
  return {
    participantMs: a.participantMs + b.participantMs,
    egressMs: a.egressMs + b.egressMs,
    callMs: a.callMs + b.callMs,
  };
}

export function sumOf({ rooms }: Pick<UsageReport, 'rooms'>): Amounts {
  return rooms.reduce<Amounts>(plus, none);
}

export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

export function countOf({ from, to }: Days): number {
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1);
}

/** From the last to the first; there should not be many. */
export function eachDay(days: Days): string[] {
  return Array.from({ length: countOf(days) }, (_, index) => dayOf(Date.parse(days.to) - index * DAY_MS));
}

/** Usage as the API shows it. */
export function toUsageResource({ day, room, participantMs, egressMs, callMs }: Usage): UsageResource {
  return {
    day,
    ...(room ? { room: { ...room } } : {}),
    participantMinutes: toMinutes(participantMs),
    egressMinutes: toMinutes(egressMs),
    callMinutes: toMinutes(callMs),
  };
}

/** To the thousandth, which is finer than anybody bills. */
function toMinutes(ms: number): number {
  return Math.round(ms / 60) / 1000;
}
