import { type EventPattern, type EventType, isNamedBy } from '@muon/contract/event.ts';

/** A webhook as it is kept: its secrets are sealed. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly events: readonly EventPattern[];
  readonly enabled: boolean;
  readonly disabledReason?: string | undefined;
  /** Since when nothing succeeded. */
  readonly failingSinceMs?: number | undefined;
  readonly secret: string;
  /** The secret until it was rotated, with which events are signed too for a while. */
  readonly previous?: { readonly secret: string; readonly untilMs: number } | undefined;
  readonly createdAt: string;
  readonly revision: number;
}

/** What of a webhook can be changed; `undefined` takes away. */
export type WebhookChange = Pick<
  Webhook,
  'url' | 'events' | 'enabled' | 'disabledReason' | 'failingSinceMs' | 'secret' | 'previous'
>;

/** Every event is held against all of them. */
export const MAX_WEBHOOKS = 100;

/** A webhook at which nothing succeeds for so long is given up. */
const GIVEN_UP_AFTER_MS = 3 * 86_400_000;

/** Whether it is to be told of events of `type`. */
export function wants({ enabled, events }: Webhook, type: EventType): boolean {
  return enabled && events.some((pattern) => isNamedBy(type, pattern));
}

/** Why a webhook is to be disabled, now that an attempt has failed; undefined when it is not. */
export function reasonToDisable(
  { failingSinceMs }: Webhook,
  { statusCode }: { readonly statusCode?: number | undefined },
  nowMs: number,
): string | undefined {
  // As Standard Webhooks has it: the receiver wants no more.
  if (statusCode === 410) return 'It answered 410 Gone.';
  if (failingSinceMs === undefined || nowMs - failingSinceMs < GIVEN_UP_AFTER_MS) return undefined;
  return `No attempt has succeeded since ${new Date(failingSinceMs).toISOString()}.`;
}
