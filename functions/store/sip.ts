import { dispatchRuleSchema, trunkSchema } from '@muon/contract/sip.ts';
import * as z from 'zod';
import type { DispatchRule } from '../domain/dispatch.ts';
import type { TrunkStore } from '../domain/store.ts';
import type { Trunk } from '../domain/trunk.ts';
import { keys } from './keys.ts';
import { LockedRecords } from './locked-records.ts';
import type { Table } from './table.ts';

const trunkRecord = trunkSchema.omit({ hasPassword: true }).extend({ password: z.string().optional() });

/** No two trunks have the same number. */
export class TrunkRecords extends LockedRecords<Trunk> implements TrunkStore {
  constructor(table: Table) {
    super(table, {
      keyOf: keys.trunk,
      all: keys.allTrunks,
      parse: (attributes) => trunkRecord.parse(attributes),
      locksOf: ({ numbers }) => numbers.map(lockOf),
    });
  }

  idOf(number: string): Promise<string | undefined> {
    return this.ownerOf(lockOf(number));
  }
}

function lockOf(number: string): string {
  return `DID#${number}`;
}

/** No two rules have the same PIN. */
export function dispatchRuleRecords(table: Table): LockedRecords<DispatchRule> {
  return new LockedRecords<DispatchRule>(table, {
    keyOf: keys.dispatchRule,
    all: keys.allDispatchRules,
    parse: (attributes) => dispatchRuleSchema.parse(attributes),
    locksOf: ({ pin }) => (pin === undefined ? [] : [`PIN#${pin}`]),
  });
}
