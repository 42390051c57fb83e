import * as z from 'zod';

/** Counts the changes of a resource; in quotes, it is the resource's ETag (RFC 9110 section 8.8.3). */
export const revision = z.int().min(1).meta({
  description: 'Grows by one at each change. In quotes it is the `ETag`, for `If-Match`.',
  example: 1,
});

/** `If-Match` of an update (RFC 9110 section 13.1.1): one ETag, or `*` for any. */
export const IF_MATCH_HEADER = 'If-Match';

export const ifMatch = z
  .string()
  .regex(/^(?:"\d{1,15}"|\*)$/)
  .meta({
    description: 'The `ETag` that you have seen: when the resource was changed since, nothing is done.',
    example: '"1"',
  });

export function toETag(of: number): string {
  return `"${of}"`;
}
