import * as z from 'zod';

const jwk = z.looseObject({ kty: z.literal('OKP') });
const ring = z.object({ keys: z.tuple([jwk, jwk], jwk) });

type Jwk = z.infer<typeof jwk>;

/**
 * The signing keys after a rotation: one that signs, one that will, one that did. The next key is told to nodes for a
 * whole period before it signs; the last one's tokens stay good for a whole period after it did.
 *
 * @param current as it was kept; anything else than such keys makes the first
 */
export function rotateKeys(current: string | undefined, newKey: () => Jwk): string {
  const [signs, next] = read(current) ?? [];
  const keys = signs && next ? [next, newKey(), signs] : [newKey(), newKey()];
  return JSON.stringify({ keys });
}

function read(kept: string | undefined): readonly Jwk[] | undefined {
  try {
    return ring.parse(JSON.parse(kept ?? '')).keys;
  } catch {
    return undefined;
  }
}
