import * as z from 'zod';
import { identity } from './identity.ts';

/** The largest message, decoded. */
export const MAX_MESSAGE_BYTES = 64 * 1024;

/** Base64 needs four characters for three bytes. */
const MAX_DATA_LENGTH = Math.ceil(MAX_MESSAGE_BYTES / 3) * 4;

/** How many participants one message may name. */
const MAX_RECIPIENTS = 256;

/** What a message is about, for the applications at both ends; to clients of ion-sfu, the label of a data channel. */
export const messageTopic = z
  .string()
  .min(1)
  .max(128)
  .meta({ description: 'What the message is about, for your application.', example: 'chat' });

/** How `data` is written. */
export const messageEncoding = z
  .enum(['text', 'base64'])
  .meta({ description: 'How `data` is written: as it is, or bytes in base64 (RFC 4648 section 4).' });

/** A message as it is sent. */
export const sendMessageParams = z.object({
  topic: messageTopic,
  data: z.string().max(MAX_DATA_LENGTH),
  encoding: messageEncoding.default('text'),
  /** Only to these; to all others in the room when absent. */
  to: z.array(identity).min(1).max(MAX_RECIPIENTS).optional(),
  /** May be lost or overtaken, and is never sent again: for what is worth nothing when it is late. */
  lossy: z.boolean().default(false),
});

/** A message of the owner of the room. */
export const ownerMessage = z
  .strictObject({
    topic: messageTopic,
    data: z
      .string()
      .max(MAX_DATA_LENGTH)
      .meta({
        description: `At most ${MAX_MESSAGE_BYTES} bytes, decoded.`,
        example: 'The lesson ends in five minutes.',
      }),
    encoding: messageEncoding.default('text'),
    to: z
      .array(identity)
      .min(1)
      .max(MAX_RECIPIENTS)
      .optional()
      .meta({
        description: 'Identities of those who get it; everybody in the room when absent.',
        example: ['user-42'],
      }),
    lossy: z
      .boolean()
      .default(false)
      .meta({ description: 'May be lost or overtaken: for what is worth nothing when it is late.' }),
  })
  .refine(({ data, encoding }) => encoding === 'text' || isBase64(data), { path: ['data'], error: 'Not base64' })
  .meta({ id: 'CreateMessage' });

/** What became of a message. */
export const messageDelivery = z
  .object({
    recipients: z.int().min(0).meta({ description: 'How many participants it is on its way to.' }),
    missing: z.array(identity).meta({ description: 'Who of `to` is not in the room.' }),
  })
  .meta({ id: 'MessageDelivery' });

/** How many bytes a message carries. */
export function messageBytes({ data, encoding }: Pick<z.output<typeof ownerMessage>, 'data' | 'encoding'>): number {
  if (encoding === 'text') return new TextEncoder().encode(data).length;
  const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0;
  return Math.floor(((data.length - padding) * 3) / 4);
}

/** In time that grows with the length alone: no character fits both parts of the pattern. */
function isBase64(data: string): boolean {
  return data.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(data);
}

/** A message as it arrives. */
export const messageSchema = z.object({
  /** Absent when the room's owner sent it through the API. */
  from: identity.optional(),
  topic: messageTopic,
  data: z.string().max(MAX_DATA_LENGTH),
  encoding: messageEncoding,
});

export type Message = z.infer<typeof messageSchema>;

/**
 * Label of the data channels that carry lossy messages: unordered, without retransmissions. A client opens one on its
 * publisher connection and sends {@link sendMessageParams} as JSON; the node opens one on the subscriber connection and
 * sends {@link messageSchema} as JSON.
 */
export const LOSSY_CHANNEL_LABEL = 'muon-lossy';

/** Topic of messages that tell a pressed key of a telephone, as {@link dtmfSchema}. */
export const DTMF_TOPIC = 'muon.dtmf';

/** One key of a telephone (RFC 4733): the `data` of a message of {@link DTMF_TOPIC}, as JSON. */
export const dtmfSchema = z.object({
  digit: z.string().regex(/^[0-9A-D*#]$/),
  durationMs: z.int().min(1).max(10_000),
});
