import { createPrivateKey, type JsonWebKey } from 'node:crypto';
import { internalSecret } from '@muon/service/settings.ts';
import * as z from 'zod';

/** What the functions are told by their environment. */
export const functionSettings = z.object({
  MUON_TABLE: z.string().default('muon').meta({ description: 'Name of the DynamoDB table.' }),
  MUON_SIGNING_KEY: z
    .string()
    .refine(areSigningKeys, 'must be a private Ed25519 key as JWK, or a JWK Set of such')
    .meta({
      description:
        'Private Ed25519 key as JWK; signs join and access tokens. Of a JWK Set, the first key signs, and tokens by all are good.',
    }),
  MUON_SEALING_KEY: z.string().min(32).optional().meta({
    description:
      'Seals the secrets of webhooks, the passwords of trunks and what idempotent requests were answered. Unlike the signing key, which it is taken from by default, it cannot be changed without losing them.',
  }),
  MUON_INTERNAL_SECRET: internalSecret.meta({
    description:
      'Shared by the processes of one machine; signs what they ask of one another. `iam` behind API Gateway: its IAM authorizer has checked who asks.',
  }),
  MUON_API_RATE: z.coerce.number().min(1).max(100_000).default(100).meta({
    description: 'How many requests a second each API key may send; five seconds of them may come at once.',
  }),
  MUON_TURN_URLS: z
    .string()
    .default('')
    .transform((list) => list.split(',').filter(Boolean))
    .pipe(z.array(z.string().regex(/^turns?:\S+$/, 'must be turn: or turns: URIs')))
    .meta({
      description: 'TURN servers for clients, as `turn:turn.example.com:3478?transport=udp`, with commas between.',
    }),
  MUON_TURN_SECRET: z.string().default('').meta({
    description: 'The secret of the TURN servers: `static-auth-secret` of coturn.',
  }),
  MUON_WEBHOOK_TARGETS: z.enum(['public', 'loopback', 'any']).default('public').meta({
    description:
      'Where webhooks may lead: `public` addresses over https; `loopback`, also over http, besides; `any` address.',
  }),
  MUON_HEARTBEAT_INTERVAL_MS: z.coerce.number().int().min(100).max(60_000).default(5000).meta({
    description:
      'How often nodes and gateways tell that they live; after 2.9 intervals without a word, and at least 3 s, they count as dead.',
  }),
  MUON_LONG_POLL_MS: z.coerce.number().int().min(0).max(8000).default(0).meta({
    description:
      'How long a request of a gateway waits for something new to do; with 0, gateways hear of it by their heartbeats.',
  }),
});

function areSigningKeys(json: string): boolean {
  try {
    const keys = keysIn(json);
    return (
      keys.length > 0 && keys.every((key) => createPrivateKey({ key, format: 'jwk' }).asymmetricKeyType === 'ed25519')
    );
  } catch {
    return false;
  }
}

function keysIn(json: string): readonly JsonWebKey[] {
  const parsed = JSON.parse(json) as JsonWebKey | { readonly keys: readonly JsonWebKey[] };
  return 'keys' in parsed ? (parsed.keys as readonly JsonWebKey[]) : [parsed];
}

export type FunctionSettings = z.infer<typeof functionSettings>;

/** What delivering takes: it signs no tokens, so with a sealing key it needs no signing key. */
export const deliverySettings = functionSettings
  .pick({
    MUON_TABLE: true,
    MUON_SEALING_KEY: true,
    MUON_SIGNING_KEY: true,
    MUON_WEBHOOK_TARGETS: true,
    MUON_HEARTBEAT_INTERVAL_MS: true,
  })
  .partial({ MUON_SIGNING_KEY: true });

/** What is sealed stays readable while signing keys come and go, once it has a key of its own. */
export function toSealingKey({
  MUON_SEALING_KEY,
  MUON_SIGNING_KEY,
}: Pick<z.infer<typeof deliverySettings>, 'MUON_SEALING_KEY' | 'MUON_SIGNING_KEY'>): string {
  const key = MUON_SEALING_KEY ?? MUON_SIGNING_KEY;
  if (key === undefined) throw new TypeError('Neither MUON_SEALING_KEY nor MUON_SIGNING_KEY is set');
  return key;
}
