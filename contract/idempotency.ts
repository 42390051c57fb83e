import * as z from 'zod';

/**
 * Makes a POST safe to repeat: the same key with the same request gets the first answer again
 * (draft-ietf-httpapi-idempotency-key-header).
 */
export const IDEMPOTENCY_HEADER = 'Idempotency-Key';

/** Tells that an answer is that of an earlier request with the same key. */
export const REPLAYED_HEADER = 'Idempotency-Replayed';

export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/)
  .meta({
    description:
      'Any text that is new for each thing to be done, such as a UUID. Sent again with the same request within 24 ' +
      'hours, it gets the first answer and nothing is done twice.',
    example: '8e03978e-40d5-43e8-bc93-6894a57f9324',
  });

/** How long an answer is remembered. */
export const IDEMPOTENCY_TTL_SECONDS = 86_400;
