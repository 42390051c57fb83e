import type { EventHead, EventPlace } from './event.ts';

export interface Attempt {
  readonly at: string;
  readonly durationMs: number;
  readonly statusCode?: number | undefined;
  /** Absent when it succeeded. */
  readonly error?: string | undefined;
}

/** One event on its way to one webhook. */
export interface Delivery extends EventPlace {
  readonly webhookId: string;
  readonly event: EventHead;
  /** What is sent, to the byte. */
  readonly body: string;
  readonly status: 'pending' | 'succeeded' | 'failed';
  readonly attempts: readonly Attempt[];
  readonly nextAttemptAt?: string | undefined;
  /** The id, without its prefix, of the delivery that it repeats. */
  readonly redeliveryOf?: string | undefined;
  readonly createdAt: string;
  readonly endedAt?: string | undefined;
}

/** A line of deliveries of one webhook that has something to send. */
export interface Line {
  readonly webhookId: string;
  readonly line: string;
  /** When something is to be done about it, ISO 8601. */
  readonly dueAt: string;
  /** Counts what was put in. */
  readonly version: number;
  /** The place of the last delivery that has ended. */
  readonly done?: string | undefined;
}

/** The right to send what is in a line, for a while. */
export interface Claim extends Line {
  readonly lease: string;
}

/** From 0 to 1, without 1. */
type Random = () => number;

/** How long after each failed attempt the next one comes; after that, as the last. */
const PAUSES_SECONDS = [5, 30, 120, 600, 3600, 21_600];

/** How much a pause may be longer or shorter, so that what failed together does not come again together. */
const JITTER = 0.2;

/** An event is given up after so long. */
const MAX_AGE_MS = 86_400_000;

/** How long a delivery that has ended is shown. */
export const LOG_MS = 7 * 86_400_000;

/** The time-out of an attempt, and what it takes to write down its end. */
export const DELIVERY_LEASE_MS = 20_000;

/**
 * When to try again after the last of `attempts` has failed; undefined: not at all. What waited in line for so long
 * that its time is over has one attempt all the same.
 */
export function nextAttemptMs(
  { attempts, createdAt }: Pick<Delivery, 'attempts' | 'createdAt'>,
  nowMs: number,
  random: Random,
): number | undefined {
  const pause = PAUSES_SECONDS[Math.min(attempts.length, PAUSES_SECONDS.length) - 1]! * 1000;
  const nextMs = nowMs + pause * (1 + JITTER * (2 * random() - 1));
  return nextMs - Date.parse(createdAt) > MAX_AGE_MS ? undefined : Math.round(nextMs);
}
