import type { RefusedReport } from '@muon/contract/internal.ts';
import type { Context } from './context.ts';

/** How many the log names. */
const MAX_NAMED = 10;

/**
 * What is told of what somebody does not hold is not kept: it may be an error, or somebody who speaks for others. All else that
 * they tell is taken; were the whole refused, they would tell it again for ever.
 */
export function refuseReports(
  { log }: Pick<Context, 'log'>,
  teller: { readonly node: string } | { readonly gateway: string },
  ids: ReadonlySet<string>,
): RefusedReport[] {
  const all = [...ids];
  if (all.length > 0)
    log.error(
      { ...teller, count: all.length, of: all.slice(0, MAX_NAMED) },
      'reports of what is not its own were refused',
    );
  return all.map((id) => ({ id, code: 'not-held' }));
}
