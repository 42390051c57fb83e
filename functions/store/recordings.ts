import * as z from 'zod';
import type { PlacedEgress, KeptRecording } from '../domain/egress.ts';
import type { RecordingStore } from '../domain/store.ts';
import type { Missed, UnfinishedRecording } from '../domain/unfinished-recording.ts';
import { assigning } from './assigning.ts';
import { keys } from './keys.ts';
import { present, type Table, type Write } from './table.ts';

const record = z.object({
  gatewayId: z.string(),
  egressId: z.string(),
  id: z.string(),
  sinceMs: z.number(),
  missed: z.object({ heartbeatAtMs: z.number(), sinceMs: z.number() }).optional(),
});

/** Files are kept with their broadcasts; those that are not final are listed besides. */
export class DynamoRecordings implements RecordingStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async unfinished(gatewayId?: string): Promise<readonly UnfinishedRecording[]> {
    const { pk, sk } = keys.unfinishedRecordings(gatewayId ?? '');
    const items = await this.#table.query({ hash: pk, ...(gatewayId === undefined ? {} : { rangePrefix: sk }) });
    return items.map((item) => record.parse(item));
  }

  async noteMissed({ gatewayId, egressId, id }: UnfinishedRecording, missed: Missed): Promise<void> {
    const key = keys.unfinishedRecording(gatewayId, egressId, id);
    await this.#table.tryWrite({ recording: { kind: 'Update', key, ...assigning({ missed }), guard: present } });
  }
}

/** Lists the files of a broadcast that have begun, and no longer those that have ended. */
export function withUnfinished(
  { id: egressId, recordings: before = [] }: PlacedEgress,
  recordings: readonly KeptRecording[],
  nowMs: number,
): Record<string, Write> {
  const writes: [string, Write][] = [];
  for (const { id, status, gatewayId } of recordings) {
    const known = before.find((each) => each.id === id);
    if (gatewayId === undefined || known?.status === status) continue;
    const key = keys.unfinishedRecording(gatewayId, egressId, id);
    const item = { ...key, gatewayId, egressId, id, sinceMs: nowMs };
    if (status === 'recording') writes.push([`begun ${id}`, { kind: 'Put', item }]);
    else if (known?.status === 'recording') writes.push([`ended ${id}`, { kind: 'Delete', key }]);
  }
  return Object.fromEntries(writes);
}
