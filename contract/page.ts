import * as z from 'zod';

/** The query of every list. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(25).meta({ description: 'At most so many items.' }),
  cursor: z.string().max(1024).optional().meta({ description: 'The `nextCursor` of the page before.' }),
});

/** A page of a list of `item`, named for the API reference. */
export function pageOf<Item extends z.ZodType>(id: string, item: Item) {
  return z
    .object({
      data: z.array(item),
      nextCursor: z.string().optional().meta({ description: 'Absent on the last page.' }),
    })
    .meta({ id });
}
