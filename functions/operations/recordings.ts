import type { GatewayHeartbeatBody, RecordingReport } from '@muon/contract/internal.ts';
import type { Recording } from '@muon/contract/recording.ts';
import {
  isPlaced,
  type KeptRecording,
  mayRecord,
  type PlacedEgress,
  toEgressResource,
  withoutHope,
  withRecording,
} from '../domain/egress.ts';
import type { NewEvent } from '../domain/event.ts';
import { isAlive } from '../domain/liveness.ts';
import { readAgain, unlessChanged } from '../domain/read-again.ts';
import { isLost, type UnfinishedRecording, wouldBeNamed } from '../domain/unfinished-recording.ts';
import type { Books } from './context.ts';

/**
 * Takes what a gateway tells of its files: also of broadcasts that have ended, or that another gateway has by now. Gives the
 * files that are not its own.
 */
export async function noteRecordings(
  context: Books,
  gatewayId: string,
  { recordings = [], unfinished }: Pick<GatewayHeartbeatBody, 'recordings' | 'unfinished'>,
): Promise<ReadonlySet<string>> {
  const refused = new Set<string>();
  for (const report of recordings)
    if (!(await noteRecording(context, gatewayId, report))) refused.add(report.recording.id);
  if (unfinished) await giveUpUnnamed(context, gatewayId, new Set(unfinished));
  return refused;
}

export interface GiveUpOptions {
  /** After how long without a heartbeat a gateway counts as dead. */
  readonly staleMs: number;
  readonly failed: (error: unknown) => void;
}

/** Gives up the files of gateways that do not come back. Safe to run at any time, by several at once. */
export async function giveUpLostRecordings(context: Books, { staleMs, failed }: GiveUpOptions): Promise<void> {
  const { recordings, gateways } = context.store;
  const unfinished = await recordings.unfinished();
  if (unfinished.length === 0) return;
  const heartbeats = new Map((await gateways.list('rtmp')).map((gateway) => [gateway.id, gateway.heartbeatAtMs]));
  for (const recording of unfinished) {
    const heartbeatAtMs = heartbeats.get(recording.gatewayId) ?? 0;
    if (!isAlive({ heartbeatAtMs }, staleMs, context.clock()))
      await giveUpLost(context, recording, heartbeatAtMs).catch(failed);
  }
}

async function giveUpLost(context: Books, recording: UnfinishedRecording, heartbeatAtMs: number): Promise<void> {
  const { store, clock } = context;
  const nowMs = clock();
  if (recording.missed?.heartbeatAtMs !== heartbeatAtMs)
    return store.recordings.noteMissed(recording, { heartbeatAtMs, sinceMs: nowMs });
  if (isLost(recording, heartbeatAtMs, nowMs)) await giveUp(context, recording, 'The gateway that wrote it was lost.');
}

/** A gateway that came back without its disk is another one by the same name. */
async function giveUpUnnamed(context: Books, gatewayId: string, named: ReadonlySet<string>): Promise<void> {
  const { store, clock } = context;
  for (const recording of await store.recordings.unfinished(gatewayId))
    if (!named.has(recording.id) && wouldBeNamed(recording, clock()))
      await giveUp(context, recording, 'The gateway started again without it.');
}

/** Whether it is the gateway's own. */
async function noteRecording(
  context: Books,
  gatewayId: string,
  { egress, recording }: RecordingReport,
): Promise<boolean> {
  let isOwn = false;
  await change(context, egress, recording, (before) => {
    isOwn = mayRecord(before, recording, gatewayId, context.clock());
    return isOwn ? withRecording(before, recording, gatewayId) : undefined;
  });
  return isOwn;
}

function giveUp(context: Books, { egressId, id }: UnfinishedRecording, reason: string): Promise<void> {
  return change(context, egressId, { status: 'failed' }, (before) => withoutHope(before, id, reason));
}

/** Changes the files of a broadcast, and tells webhooks when one of them is final now. */
async function change(
  { store, clock }: Books,
  egressId: string,
  { status }: Pick<Recording, 'status'>,
  toRecordings: (egress: PlacedEgress) => readonly KeptRecording[] | undefined,
): Promise<void> {
  await readAgain(async () => {
    const egress = await store.egresses.get(egressId);
    if (!egress || !isPlaced(egress)) return 'unknown';
    const recordings = toRecordings(egress);
    if (!recordings) return 'known';
    const data = toEgressResource({ ...egress, recordings, revision: egress.revision + 1 });
    const nowMs = clock();
    const event: NewEvent | undefined =
      status === 'recording' ? undefined : { type: 'egress.recorded', createdAtMs: nowMs, room: egress.room, data };
    return unlessChanged(await store.egresses.record(egress, recordings, { nowMs, event }));
  });
}
