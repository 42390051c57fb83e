import type { GatewayHeartbeatBody, RecordingName } from '@muon/contract/internal.ts';
import { bucketHolder, holderOf, isPlaced, toEgressResource, withDeleted } from '../domain/egress.ts';
import { readAgain } from '../domain/read-again.ts';
import { Refusal } from '../domain/refusal.ts';
import { type Context, timestampOf } from './context.ts';
import { findEgress } from './egresses.ts';
import type { Operations } from './operation.ts';

/** The file is named to whoever holds it, at each heartbeat, until they say that it is gone. */
export const deleteRecording: Operations['deleteRecording'] = async (context, { params }) => {
  const { store, clock } = context;
  return readAgain(async () => {
    const egress = await findEgress(context, params.egress);
    const recording = egress.recordings?.find(({ id }) => id === params.recording);
    if (!recording || !isPlaced(egress))
      throw new Refusal('recording-not-found', `The egress ${egress.id} has no recording ${params.recording}.`);
    if (recording.deletedAt !== undefined) return toEgressResource(egress);
    if (recording.status === 'recording')
      throw new Refusal('recording-unfinished', `The recording ${recording.id} is being written.`);
    const recordings = withDeleted(egress, recording.id, timestampOf(clock));
    const deletion = { holder: holderOf(egress, recording), egressId: egress.id, id: recording.id };
    if ((await store.egresses.record(egress, recordings, { nowMs: clock(), deletion })) === 'changed') return undefined;
    return toEgressResource({ ...egress, recordings, revision: egress.revision + 1 });
  });
};

/** Takes what a gateway has deleted, and gives what it is to delete besides: its own files, and those in its bucket. */
export async function takeDeletions(
  { store: { recordings } }: Context,
  gatewayId: string,
  { bucket, unfinished, deleted = [] }: Pick<GatewayHeartbeatBody, 'bucket' | 'unfinished' | 'deleted'>,
): Promise<RecordingName[]> {
  // One that does not record has no files.
  if (!unfinished) return [];
  const holders = bucket === undefined ? [gatewayId] : [gatewayId, bucketHolder(bucket)];
  for (const { egress: egressId, recording: id } of deleted)
    for (const holder of holders) await recordings.deleted({ holder, egressId, id });
  const due = await Promise.all(holders.map((holder) => recordings.deletions(holder)));
  return due.flat().map(({ egressId, id }) => ({ egress: egressId, recording: id }));
}
