import { randomBytes } from 'node:crypto';
import type * as z from 'zod';
import { toSender } from '../delivery/send.ts';
import { stalenessMs } from '../domain/liveness.ts';
import { Refusal } from '../domain/refusal.ts';
import type { ErrorLog } from '../http/app.ts';
import { fanOut } from '../operations/fan-out.ts';
import { Lanes } from '../operations/lanes.ts';
import { Seal } from '../operations/seal.ts';
import { ANSWER_SEAL, type Dependencies } from './context.ts';
import { type deliverySettings, toSealingKey } from './settings.ts';

/** What they are given. */
export interface DeliveryDependencies extends Pick<Dependencies, 'store' | 'clock' | 'log'> {
  readonly settings: Omit<z.infer<typeof deliverySettings>, 'MUON_TABLE'>;
}

/** What the functions that deliver events are made of. */
export interface Delivering extends Pick<Required<Dependencies>, 'store' | 'clock' | 'log'> {
  readonly lanes: Lanes;
  /** After how long without a heartbeat a node counts as dead. */
  readonly staleMs: number;
}

export function openDelivering({ store, settings, log, clock = Date.now }: DeliveryDependencies): Delivering {
  const lanes = new Lanes({
    store,
    seal: new Seal(toSealingKey(settings), ANSWER_SEAL, randomBytes),
    send: toSender({ targets: settings.MUON_WEBHOOK_TARGETS }),
    clock,
    random: randomBytes,
    failed: (error) => note(log, error, 'a delivery was interrupted'),
  });
  return { store, clock, log, lanes, staleMs: stalenessMs(settings.MUON_HEARTBEAT_INTERVAL_MS) };
}

/** How many lines are handed out at once. */
const HAND_OUT_WIDTH = 8;

/** Hands out the events of some lines. A line in which that fails is left to the next sweep and stops no other. */
export async function handOut({ store, clock, log }: Delivering, lines: Iterable<string>): Promise<Set<string>> {
  const told = new Set<string>();
  const remaining = new Set(lines).values();
  const work = async (): Promise<void> => {
    for (const line of remaining)
      try {
        for (const id of await fanOut(store, clock, line)) told.add(id);
      } catch (error) {
        note(log, error, 'events could not be handed out');
      }
  };
  await Promise.all(Array.from({ length: HAND_OUT_WIDTH }, work));
  return told;
}

/** What passes by itself is nobody's to act on. */
export function note(log: ErrorLog, error: unknown, message: string): void {
  if (!(error instanceof Refusal)) log.error({ err: error }, message);
}
