import type { EgressTemplate } from '@muon/contract/egress-template.ts';
import type { ApiKey } from '../domain/api-key.ts';
import { type EgressDraft, type PlacedEgress, toEgressResource } from '../domain/egress.ts';
import { Refusal } from '../domain/refusal.ts';
import { isEgressDue, type Room, toStart } from '../domain/room.ts';
import type { AssignOptions } from '../domain/store.ts';
import { type Context, timestampOf } from './context.ts';
import { assign, toDraft } from './egresses.ts';

/** How long the broadcast of a room waits for a gateway while somebody is there: as long as a new host takes to start. */
const PATIENCE_MS = 300_000;

interface Wish {
  readonly autoEgress?: EgressTemplate | null | undefined;
  readonly autoRecord?: boolean | undefined;
}

/** Whoever has a room start a broadcast starts one. */
export function checkMayStart({ scopes }: ApiKey, { autoEgress, autoRecord }: Wish): void {
  if ((autoEgress || autoRecord) && !scopes.includes('egresses:write'))
    throw new Refusal('forbidden', 'For autoEgress and autoRecord, the key needs the scope egresses:write as well.');
}

/**
 * Starts the broadcast of a room in which somebody is. While no gateway has a place for it, every heartbeat tries again; in
 * the end it fails as other broadcasts do, so that webhooks are told.
 */
export async function startDueEgress(context: Context, room: Room): Promise<void> {
  const template = toStart(room);
  // Another heartbeat may have started it since this one looked.
  if (!template || !isEgressDue(room)) return;
  const draft = toDraft(context, room, template);
  const create = (egress: PlacedEgress, options: AssignOptions) =>
    context.store.egresses.createDue(egress, room, options);
  try {
    await assign(context, draft, create);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'no-gateway-available') throw error;
    await wait(context, room, draft);
  }
}

async function wait({ store, clock }: Context, room: Room, draft: EgressDraft): Promise<void> {
  const nowMs = clock();
  if (room.egressWaitsSinceMs === undefined) return store.rooms.noteEgressWaits(room, nowMs);
  if (nowMs - room.egressWaitsSinceMs < PATIENCE_MS) return;
  const failed: EgressDraft = {
    ...draft,
    status: 'failed',
    reason: 'no gateway had a place for it',
    endedAt: timestampOf(clock),
  };
  const data = toEgressResource(failed);
  await store.egresses.failDue(failed, room, { type: 'egress.failed', createdAtMs: nowMs, room: draft.room, data });
}
