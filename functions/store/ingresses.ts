import { ingressSchema } from '@muon/contract/ingress.ts';
import * as z from 'zod';
import type { Ingress } from '../domain/ingress.ts';
import { keys } from './keys.ts';
import { LockedRecords } from './locked-records.ts';
import type { Table } from './table.ts';

const record = ingressSchema.omit({ url: true, status: true }).extend({ sha256: z.string() });

/** Stream keys name their ingress, so that nothing of it needs to be unique. */
export function ingressRecords(table: Table): LockedRecords<Ingress> {
  return new LockedRecords<Ingress>(table, {
    keyOf: keys.ingress,
    all: keys.allIngresses,
    parse: (attributes) => record.parse(attributes),
    locksOf: () => [],
  });
}
