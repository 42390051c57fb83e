import * as z from 'zod';

/** The prefix says what an id names, so that a wrong one is seen at a glance. */
export const idPrefixes = {
  room: 'rm',
  node: 'nd',
  gateway: 'gw',
  egress: 'eg',
  output: 'ou',
  recording: 'rc',
  ingress: 'in',
  call: 'ca',
  trunk: 'tr',
  'dispatch-rule': 'dr',
  track: 'tk',
  key: 'ak',
  webhook: 'wh',
  event: 'ev',
  delivery: 'dl',
} as const;

export type IdKind = keyof typeof idPrefixes;

/** Crockford's base 32 without the letters that are misread. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** An id of `kind`, as `rm_` and 26 characters, from 16 or more random bytes. */
export function toId(kind: IdKind, random: Uint8Array): string {
  let id = '';
  let bits = 0;
  let held = 0;
  for (const byte of random.subarray(0, 16)) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      id += ALPHABET[(held >>> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  if (bits > 0) id += ALPHABET[(held << (5 - bits)) & 31];
  return `${idPrefixes[kind]}_${id}`;
}

/** The schema of an id of `kind`; a node's operator may choose a readable one. */
export function idSchema(kind: IdKind): z.ZodString {
  const prefix = idPrefixes[kind];
  return z
    .string()
    .regex(new RegExp(`^${prefix}_[a-z0-9-]{1,64}$`))
    .meta({ description: `Id of the ${kind.replace('-', ' ')}.`, example: `${prefix}_01hq3v9t5x8w2k6m4n7p0r1s2y` });
}
