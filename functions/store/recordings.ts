import * as z from 'zod';
import type { Deletion, KeptRecording, PlacedEgress } from '../domain/egress.ts';
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

const deletionRecord = z.object({ holder: z.string(), egressId: z.string(), id: z.string() });

/** How many files a gateway is told to delete at once. */
const MAX_DELETIONS = 50;

/** A gateway that has been away for a year has its files deleted by nobody when it comes back. */
const DELETION_MEMORY_SECONDS = 365 * 86_400;

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

  async deletions(holder: string): Promise<readonly Deletion[]> {
    const { pk, sk } = keys.deletions(holder);
    const items = await this.#table.query({ hash: pk, rangePrefix: sk, limit: MAX_DELETIONS });
    return items.map((item) => deletionRecord.parse(item));
  }

  async deleted({ holder, egressId, id }: Deletion): Promise<void> {
    await this.#table.write({ deletion: { kind: 'Delete', key: keys.deletion(holder, egressId, id) } });
  }

  async noteMissed({ gatewayId, egressId, id }: UnfinishedRecording, missed: Missed): Promise<void> {
    const key = keys.unfinishedRecording(gatewayId, egressId, id);
    await this.#table.tryWrite({ recording: { kind: 'Update', key, ...assigning({ missed }), guard: present } });
  }
}

/** Has a file be taken away. */
export function withDeletion(deletion: Deletion, nowMs: number): Write {
  const { holder, egressId, id } = deletion;
  const expiresAt = Math.floor(nowMs / 1000) + DELETION_MEMORY_SECONDS;
  return { kind: 'Put', item: { ...keys.deletion(holder, egressId, id), ...deletion, expiresAt } };
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
