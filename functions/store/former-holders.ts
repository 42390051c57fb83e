import * as z from 'zod';

/** As kept with what they held. */
export const formerHolders = z.array(z.object({ id: z.string(), untilMs: z.number() })).optional();
