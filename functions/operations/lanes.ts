import {
  type Attempt,
  type Claim,
  type Delivery,
  DELIVERY_LEASE_MS,
  type Line,
  nextAttemptMs,
} from '../domain/delivery.ts';
import type { Store } from '../domain/store.ts';
import { reasonToDisable, type Webhook } from '../domain/webhook.ts';
import { fraction, newSecret, type RandomBytes } from './random.ts';
import type { Seal } from './seal.ts';
import { signedHeaders } from './webhook-secret.ts';

/** What is sent to a webhook. */
export interface Message {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came of it; never rejects. Without an error, it succeeded. */
export type Send = (message: Message) => Promise<Pick<Attempt, 'statusCode' | 'error'>>;

export interface LanesOptions {
  readonly store: Store;
  readonly seal: Seal;
  readonly send: Send;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly random: RandomBytes;
  readonly failed: (error: unknown) => void;
}

/** How many requests to one webhook are on the way at once. */
const LANE_WIDTH = 4;

interface Lane {
  /** When nothing new is begun any more. */
  untilMs: number;
  /** Lets it look again for lines that are due, before it ends. */
  wake: () => void;
  woken: boolean;
  readonly ended: Promise<void>;
}

/**
 * Sends what is due. Each webhook has a lane of its own, so that one which never answers holds up nobody else; within
 * it, each line is sent one after the other.
 */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #lanes = new Map<string, Lane>();

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  /** Sends what is due to a webhook, until nothing is or the time is over. */
  run(webhookId: string, untilMs: number): Promise<void> {
    const running = this.#lanes.get(webhookId);
    if (running) {
      running.untilMs = Math.max(running.untilMs, untilMs);
      running.woken = true;
      running.wake();
      return running.ended;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const lane: Lane = { untilMs, wake: () => undefined, woken: false, ended: promise };
    this.#lanes.set(webhookId, lane);
    void this.#drain(webhookId, lane)
      .catch((error: unknown) => this.#options.failed(error))
      .finally(() => {
        if (this.#lanes.get(webhookId) === lane) this.#lanes.delete(webhookId);
        resolve();
      });
    return promise;
  }

  async #drain(webhookId: string, lane: Lane): Promise<void> {
    const { store, clock } = this.#options;
    const busy = new Map<string, Promise<void>>();
    /** Taken by somebody else, or failed here: not again as it is. */
    const refused = new Set<string>();
    for (;;) {
      const woken = new Promise<void>((resolve) => (lane.wake = resolve));
      lane.woken = false;
      const due = clock() < lane.untilMs ? await store.deliveries.due(webhookId, clock(), LANE_WIDTH * 8) : [];
      const free = due.filter((line) => !busy.has(line.line) && !refused.has(nameOf(line)));
      for (const line of free.slice(0, LANE_WIDTH - busy.size))
        busy.set(
          line.line,
          this.#serve(line, lane)
            .catch((error: unknown) => {
              this.#options.failed(error);
              return false;
            })
            .then((served) => {
              busy.delete(line.line);
              if (!served) refused.add(nameOf(line));
            }),
        );
      if (busy.size > 0) await Promise.race([woken, ...busy.values()]);
      else if (!lane.woken) break;
    }
    // At once, so that whoever comes from here on begins anew.
    this.#lanes.delete(webhookId);
  }

  /** Sends the deliveries of a line until there are none or one fails; false when it is somebody else's. */
  async #serve(line: Line, lane: Lane): Promise<boolean> {
    const { store, clock, random } = this.#options;
    const { deliveries } = store;
    let claim = await deliveries.claim(line, newSecret(random), clock() + DELIVERY_LEASE_MS);
    if (!claim) return false;
    for (;;) {
      const webhook = await store.webhooks.get(line.webhookId);
      // Disabled or gone: its other lines would be found due again and again.
      if (!webhook?.enabled) lane.untilMs = -Infinity;
      if (!webhook?.enabled || clock() >= lane.untilMs) {
        await deliveries.postpone(claim, clock());
        return true;
      }
      const delivery = await deliveries.next(claim);
      const held: Claim | undefined = delivery
        ? await this.#attempt(webhook, claim, delivery)
        : await deliveries.leave(claim);
      if (!held) return true;
      claim = held;
    }
  }

  /** Sends a delivery once. The claim, when the line may go on. */
  async #attempt(webhook: Webhook, claim: Claim, delivery: Delivery): Promise<Claim | undefined> {
    const { store, clock, random } = this.#options;
    const attempt = await this.#send(webhook, delivery);
    const nowMs = clock();
    const tried = { ...delivery, attempts: [...delivery.attempts, attempt], nextAttemptAt: undefined };
    await this.#noteHealth(webhook, attempt, nowMs);
    const succeeded = attempt.error === undefined;
    const nextMs = succeeded ? undefined : nextAttemptMs(tried, nowMs, () => fraction(random));
    if (nextMs !== undefined) {
      await store.deliveries.postpone(claim, nextMs, { ...tried, nextAttemptAt: new Date(nextMs).toISOString() });
      return undefined;
    }
    const status = succeeded ? 'succeeded' : 'failed';
    const ended = { ...tried, status, endedAt: new Date(nowMs).toISOString() } as const;
    return store.deliveries.end(claim, ended, nowMs + DELIVERY_LEASE_MS);
  }

  async #send(webhook: Webhook, { event, body }: Delivery): Promise<Attempt> {
    const { seal, send, clock } = this.#options;
    const startedMs = clock();
    const headers = signedHeaders({ seal }, webhook, { id: event.id, body }, startedMs);
    const outcome = headers
      ? await send({ url: webhook.url, headers, body })
      : { error: 'its secret cannot be read any more: rotate it' };
    return { at: new Date(startedMs).toISOString(), durationMs: clock() - startedMs, ...outcome };
  }

  async #noteHealth(webhook: Webhook, { error, statusCode }: Attempt, nowMs: number): Promise<void> {
    const { webhooks } = this.#options.store;
    if (error === undefined) {
      if (webhook.failingSinceMs !== undefined) await webhooks.noteFailing(webhook.id, undefined);
      return;
    }
    if (webhook.failingSinceMs === undefined) await webhooks.noteFailing(webhook.id, nowMs);
    const disabledReason = reasonToDisable(webhook, { statusCode }, nowMs);
    // Changed in the meantime: somebody is at it, and the next failure comes.
    if (disabledReason !== undefined) await webhooks.update(webhook, { ...webhook, enabled: false, disabledReason });
  }
}

/** A line as it was found. */
function nameOf({ line, dueAt }: Line): string {
  return `${line} ${dueAt}`;
}
