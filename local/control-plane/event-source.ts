import { setTimeout as wait } from 'node:timers/promises';
import type { StreamHandler } from '@muon/functions/handlers/stream.ts';
import type { SweeperHandler } from '@muon/functions/handlers/sweeper.ts';
import type { Log } from '@muon/service/log.ts';
import type { DynamoDBRecord } from 'aws-lambda';
import type { ChangedKeys } from '../dynamodb/stream.ts';

/** How often the sweeper runs; on AWS it is each minute. */
const SWEEP_INTERVAL_MS = 1000;

/** What is on the way is waited for at the end, but not for receivers that do not answer. */
const CLOSE_TIMEOUT_MS = 1000;

export interface EventSourceOptions {
  readonly stream: StreamHandler;
  readonly sweeper: SweeperHandler;
  readonly log: Log;
}

/**
 * Calls functions as AWS does: the one for the table's stream with what was just written, the sweeper by the clock. What
 * was written and not told of when the process died, the sweeper finds.
 */
export class EventSource {
  readonly #options: EventSourceOptions;
  readonly #running = new Set<Promise<unknown>>();
  #written: ChangedKeys[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: EventSourceOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#run(this.#options.sweeper()), SWEEP_INTERVAL_MS);
    this.#run(this.#options.sweeper());
  }

  /** What was written to the table. Never waits for what is told: a receiver that is slow is not to slow down writes. */
  note(changes: readonly ChangedKeys[]): void {
    // As an event source's filter does.
    const wanted = changes.filter(({ eventName, keys }) => eventName === 'INSERT' && isEvent(keys));
    if (wanted.length === 0 || this.#closed) return;
    if (this.#written.length === 0) setImmediate(() => this.#flush());
    this.#written.push(...wanted);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await Promise.race([Promise.all(this.#running), wait(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  }

  #flush(): void {
    const Records = this.#written.map(toRecord);
    this.#written = [];
    if (!this.#closed) this.#run(this.#options.stream({ Records }));
  }

  #run(work: Promise<unknown>): void {
    const running = work
      .catch((error: unknown) => {
        if (!this.#closed) this.#options.log.error({ err: error }, 'events could not be delivered');
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }
}

function isEvent({ sk }: ChangedKeys['keys']): boolean {
  return sk !== undefined && 'S' in sk && sk.S.startsWith('EV#');
}

function toRecord({ eventName, keys }: ChangedKeys): DynamoDBRecord {
  return {
    eventName,
    eventSource: 'aws:dynamodb',
    dynamodb: { Keys: keys, StreamViewType: 'KEYS_ONLY' },
  };
}
