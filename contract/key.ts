import * as z from 'zod';
import { idSchema } from './id.ts';
import { pageOf } from './page.ts';
import { revision } from './revision.ts';
import { scope } from './scope.ts';
import { timestamp } from './time.ts';

const name = z
  .string()
  .min(1)
  .max(128)
  .meta({ description: 'What the key is for, in your words.', example: 'school back end' });

const keyScopes = z
  .array(scope)
  .min(1)
  .refine((list) => new Set(list).size === list.length, { error: 'Names a scope twice' })
  .meta({ description: 'What the key may be used for.', example: ['rooms:read', 'rooms:write', 'tokens:write'] });

/** An API key without its secret, which nobody can read again. */
export const keySchema = z
  .object({
    id: idSchema('key'),
    name,
    scopes: keyScopes,
    createdAt: timestamp,
    lastUsedAt: timestamp.optional().meta({ description: 'To the minute; absent while it was never used.' }),
    revision,
  })
  .meta({ id: 'Key' });

export type Key = z.infer<typeof keySchema>;

export const keyWithSecret = z
  .object({
    ...keySchema.shape,
    secret: z.string().meta({
      description: 'The whole key, to be sent as bearer token. It is shown this once.',
      example: 'mk_0sa71ej5m9tb2zfwk8q4hcyg6v_J3V61NXdRuIob0tiDTg43vu86nLnwWOF',
    }),
  })
  .meta({ id: 'KeyWithSecret' });

export const createKeyBody = z.strictObject({ name, scopes: keyScopes }).meta({ id: 'CreateKey' });

export const updateKeyBody = z
  .strictObject({ name: name.optional(), scopes: keyScopes.optional() })
  .meta({ id: 'UpdateKey' });

export const rotateKeyBody = z
  .strictObject({
    graceSeconds: z.int().min(0).max(604_800).default(0).meta({
      description: 'How long the secret until now works on beside the new one.',
      example: 3600,
    }),
  })
  .meta({ id: 'RotateKey' });

export const keyPage = pageOf('KeyPage', keySchema);
