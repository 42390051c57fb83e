import type { GatewayHeartbeatBody, RecordingReport } from '@muon/contract/internal.ts';
import { isPlaced, toEgressResource, withRecording } from '../domain/egress.ts';
import type { NewEvent } from '../domain/event.ts';
import { readAgain, unlessChanged } from '../domain/read-again.ts';
import type { Books } from './context.ts';

/** Takes what a gateway tells of files: also of broadcasts that have ended, or that another gateway has by now. */
export async function noteRecordings(
  context: Books,
  { recordings = [] }: Pick<GatewayHeartbeatBody, 'recordings'>,
): Promise<void> {
  for (const report of recordings) await noteRecording(context, report);
}

async function noteRecording({ store, clock }: Books, { egress: id, recording }: RecordingReport): Promise<void> {
  await readAgain(async () => {
    const egress = await store.egresses.get(id);
    if (!egress || !isPlaced(egress)) return 'unknown';
    const recordings = withRecording(egress, recording);
    if (!recordings) return 'known';
    const data = toEgressResource({ ...egress, recordings, revision: egress.revision + 1 });
    const event: NewEvent | undefined =
      recording.status === 'recording'
        ? undefined
        : { type: 'egress.recorded', createdAtMs: clock(), room: egress.room, data };
    return unlessChanged(await store.egresses.record(egress, recordings, event));
  });
}
