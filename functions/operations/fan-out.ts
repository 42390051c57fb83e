import type { Delivery } from '../domain/delivery.ts';
import type { PendingEvent } from '../domain/event.ts';
import type { Store } from '../domain/store.ts';
import { wants, type Webhook } from '../domain/webhook.ts';
import { timestampOf } from './context.ts';

/**
 * Hands the events of a line to the webhooks that want them, in their order. Done twice, or by two at once, it changes
 * nothing more. Gives the ids of the webhooks that have something to send.
 */
export async function fanOut(store: Store, clock: () => number, line: string): Promise<ReadonlySet<string>> {
  const told = new Set<string>();
  for (;;) {
    const events = await store.outbox.pending(line);
    if (events.length === 0) return told;
    // Read after the events: a webhook that was there before an event is among them.
    const webhooks = await store.webhooks.all();
    for (const event of events) {
      const wanting = webhooks.filter((webhook) => wants(webhook, event.head.type));
      await Promise.all(wanting.map((webhook) => store.deliveries.enqueue(toDelivery(webhook, event, clock))));
      for (const { id } of wanting) told.add(id);
      await store.outbox.remove(event);
    }
  }
}

function toDelivery({ id }: Webhook, { line, order, head, body }: PendingEvent, clock: () => number): Delivery {
  const createdAt = timestampOf(clock);
  return { webhookId: id, line, order, event: head, body, status: 'pending', attempts: [], createdAt };
}
