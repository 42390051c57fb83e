import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { type DeliveryDependencies, handOut, openDelivering } from './deliveries.ts';
import { deliveriesFromEnvironment } from './lambda.ts';
import { openedOnce } from './opened.ts';

/** A Lambda function behind the table's stream; keys suffice. */
export type StreamHandler = (event: DynamoDBStreamEvent) => Promise<void>;

/** For how long what is due is begun; a request that is on the way then may take its time-out longer. */
const WINDOW_MS = 10_000;

/**
 * Hands new events to the webhooks, and sends them at once where the last attempt succeeded. Receivers that fail are left
 * to the sweeper: the stream waits for nobody who may not answer.
 */
export function createStreamHandler(
  dependencies: () => DeliveryDependencies | Promise<DeliveryDependencies>,
): StreamHandler {
  const open = openedOnce(async () => openDelivering(await dependencies()));
  return async ({ Records }) => {
    const delivering = await open();
    const { store, clock, lanes } = delivering;
    const lines = new Set(Records.map(lineOf).filter((line) => line !== undefined));
    const told = new Set(Records.map(webhookOf).filter((id) => id !== undefined));
    for (const id of await handOut(delivering, lines)) told.add(id);
    const untilMs = clock() + WINDOW_MS;
    await Promise.all(
      [...told].map(async (id) => {
        const webhook = await store.webhooks.get(id);
        if (webhook?.enabled && webhook.failingSinceMs === undefined) await lanes.run(id, untilMs);
      }),
    );
  };
}

/** The line whose outbox has something new. */
function lineOf(record: DynamoDBRecord): string | undefined {
  return isNew(record) ? /^OB#(.+)$/.exec(record.dynamodb?.Keys?.['pk']?.S ?? '')?.[1] : undefined;
}

/** The webhook that a new delivery is for. */
function webhookOf(record: DynamoDBRecord): string | undefined {
  return isNew(record) ? /^WL#([^#]+)#/.exec(record.dynamodb?.Keys?.['pk']?.S ?? '')?.[1] : undefined;
}

function isNew({ eventName, dynamodb }: DynamoDBRecord): boolean {
  return eventName === 'INSERT' && dynamodb?.Keys?.['sk']?.S?.startsWith('EV#') === true;
}

/** The Lambda function. */
export const handler = createStreamHandler(deliveriesFromEnvironment);
