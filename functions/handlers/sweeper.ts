import { endRooms } from '../operations/end-rooms.ts';
import { giveUpLostRecordings } from '../operations/recordings.ts';
import { type DeliveryDependencies, handOut, note, openDelivering } from './deliveries.ts';
import { deliveriesFromEnvironment } from './lambda.ts';
import { openedOnce } from './opened.ts';

/** A Lambda function on a schedule. */
export type SweeperHandler = () => Promise<void>;

/** For how long what is due is begun: less than the schedule's minute. */
const WINDOW_MS = 40_000;

/**
 * Does what is due and that nobody was called for: ends rooms, gives up lost recordings, tries again what failed, and hands out events that the stream
 * has missed.
 */
export function createSweeperHandler(
  dependencies: () => DeliveryDependencies | Promise<DeliveryDependencies>,
): SweeperHandler {
  const open = openedOnce(async () => openDelivering(await dependencies()));
  return async () => {
    const delivering = await open();
    const { store, clock, lanes, log, staleMs } = delivering;
    const failed = (error: unknown): void => note(log, error, 'a room could not be ended');
    await endRooms({ store, clock }, { staleMs, failed }).catch(failed);
    const notGivenUp = (error: unknown): void => note(log, error, 'a recording could not be given up');
    await giveUpLostRecordings({ store, clock }, { staleMs, failed: notGivenUp }).catch(notGivenUp);
    await handOut(delivering, await store.outbox.lines());
    const enabled = (await store.webhooks.all()).filter((webhook) => webhook.enabled);
    const untilMs = clock() + WINDOW_MS;
    await Promise.all(enabled.map(({ id }) => lanes.run(id, untilMs)));
  };
}

/** The Lambda function. */
export const handler = createSweeperHandler(deliveriesFromEnvironment);
