import * as z from 'zod';
import { eventHead, eventPattern } from './event.ts';
import { idSchema } from './id.ts';
import { pageOf } from './page.ts';
import { revision } from './revision.ts';
import { timestamp } from './time.ts';

const url = z
  .string()
  .max(2048)
  .regex(/^https?:\/\/[!-~]+$/)
  .refine((text) => URL.canParse(text) && new URL(text).username === '' && new URL(text).hash === '', {
    error: 'Expected an URL without user name and fragment',
  })
  .meta({
    description: 'Where events are sent: `https`, at a public address. Redirects are not followed.',
    example: 'https://school.example.com/muon-events',
  });

const webhookEvents = z
  .array(eventPattern)
  .min(1)
  .refine((list) => new Set(list).size === list.length, { error: 'Names an event twice' })
  .meta({
    description: 'Which events are sent. Your key needs the scope to read what they tell.',
    example: ['room.*'],
  });

const enabled = z.boolean().meta({ description: 'Whether events are sent. What happens meanwhile is not sent later.' });

/** A webhook without its secret, which nobody can read again. */
export const webhookSchema = z
  .object({
    id: idSchema('webhook'),
    url: z.string().meta({ example: 'https://school.example.com/muon-events' }),
    events: webhookEvents,
    enabled,
    disabledReason: z.string().optional().meta({ description: 'Why it was disabled, when Muon did it.' }),
    failingSince: timestamp.optional().meta({ description: 'Since when no attempt has succeeded.' }),
    createdAt: timestamp,
    revision,
  })
  .meta({ id: 'Webhook' });

export type Webhook = z.infer<typeof webhookSchema>;

export const webhookWithSecret = z
  .object({
    ...webhookSchema.shape,
    secret: z.string().meta({
      description: 'What the signatures are made with, as Standard Webhooks writes it. It is shown this once.',
      example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    }),
  })
  .meta({ id: 'WebhookWithSecret' });

export const createWebhookBody = z
  .strictObject({ url, events: webhookEvents, enabled: enabled.default(true) })
  .meta({ id: 'CreateWebhook' });

export const updateWebhookBody = z
  .strictObject({ url: url.optional(), events: webhookEvents.optional(), enabled: enabled.optional() })
  .meta({ id: 'UpdateWebhook' });

export const rotateWebhookSecretBody = z
  .strictObject({
    graceSeconds: z.int().min(0).max(604_800).default(86_400).meta({
      description: 'How long events are signed with the secret until now as well as with the new one.',
    }),
  })
  .meta({ id: 'RotateWebhookSecret' });

export const webhookPage = pageOf('WebhookPage', webhookSchema);

const attemptSchema = z
  .object({
    at: timestamp,
    durationMs: z.int(),
    statusCode: z.int().optional().meta({ description: 'What was answered; absent when nothing was.' }),
    error: z.string().optional().meta({ description: 'Why it failed.', example: 'answered 503' }),
  })
  .meta({ id: 'DeliveryAttempt' });

export const deliveryStatus = z.enum(['pending', 'succeeded', 'failed']).meta({
  description: '`pending`: not answered with a 2xx yet, and to be tried again. `failed`: given up.',
});

/** What became of one event at one webhook. */
export const deliverySchema = z
  .object({
    id: idSchema('delivery'),
    event: eventHead,
    status: deliveryStatus,
    attempts: z.array(attemptSchema),
    nextAttemptAt: timestamp.optional().meta({ description: 'When it is tried again; absent while it is in line.' }),
    redeliveryOf: idSchema('delivery').optional().meta({ description: 'The delivery that it repeats.' }),
    createdAt: timestamp,
    endedAt: timestamp.optional(),
  })
  .meta({ id: 'Delivery' });

export type DeliveryResource = z.infer<typeof deliverySchema>;

export const deliveryPage = pageOf('DeliveryPage', deliverySchema);
