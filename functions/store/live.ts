import * as z from 'zod';
import type { Live } from '../domain/store.ts';
import { keys } from './keys.ts';
import { present, type Table, type Write } from './table.ts';

/** What goes on in a room is listed beside it, as long as it does: whoever clears a room reads nothing that is over. */
const record = z.object({ kind: z.enum(['egress', 'call']), id: z.string() });

type Kind = z.infer<typeof record>['kind'];

/** A broadcast or a call as it is kept. */
interface InRoom {
  readonly id: string;
  readonly room: { readonly id: string };
}

export function listed(kind: Kind, { id, room }: InRoom): Write {
  return { kind: 'Put', item: { ...keys.live(room.id, kind, id), kind, id } };
}

export function unlisted(kind: Kind, { id, room }: InRoom): Write {
  return { kind: 'Delete', key: keys.live(room.id, kind, id) };
}

/** Sees every write that was acknowledged. */
export async function liveIn(table: Table, roomId: string): Promise<Live> {
  const { pk, sk: rangePrefix } = keys.liveIn(roomId);
  const items = (await table.query({ hash: pk, rangePrefix })).map((item) => record.parse(item));
  const of = (kind: Kind): string[] => items.filter((item) => item.kind === kind).map(({ id }) => id);
  return { egresses: of('egress'), calls: of('call') };
}

const keptRecord = z.object({ pk: z.string(), sk: z.string(), id: z.string(), room: z.object({ id: z.string() }) });

/** Lists what goes on at a gateway, if it is not yet: data from before there was a list. Done again, it changes nothing. */
export async function listAll(table: Table, gatewayId: string): Promise<void> {
  for (const kind of ['egress', 'call'] as const) {
    const rangePrefix = kind === 'egress' ? keys.egressRange : keys.callRange;
    for (const item of await table.query({ hash: keys.gateway(gatewayId).pk, rangePrefix })) {
      const { pk, sk, ...kept } = keptRecord.parse(item);
      const assigned = { kind: 'ConditionCheck', key: { pk, sk }, guard: present } as const;
      await table.tryWrite({ live: listed(kind, kept), assigned });
    }
  }
}
