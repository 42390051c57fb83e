import * as z from 'zod';

const port = z.coerce.number().int();

/** What user data tells a host, kept in `/etc/muon/boot.env`. */
export const bootSettings = z.object({
  MUON_ROLE: z.enum(['media', 'sip']),
  MUON_REGION: z.string(),
  MUON_API_URL: z.url(),
  /** Below which hosts have their names. */
  MUON_MEDIA_DOMAIN: z.string(),
  /** Where players find broadcasts. */
  MUON_CDN_URL: z.url(),
  /** One media node for each core. */
  MUON_NODES: z.coerce.number().int().min(1).max(64),
  /** Of CloudWatch Logs. */
  MUON_LOG_GROUP: z.string(),
  /** Of S3; a host on trial has none. */
  MUON_RECORDINGS_BUCKET: z.string().optional(),
  MUON_TURN_SECRET_ARN: z.string(),
  MUON_CERTIFICATE_ARN: z.string(),
  /** The addresses that stay, of which a host for telephones waits to be given one. */
  MUON_STATIC_ADDRESSES: z
    .string()
    .default('')
    .transform((list) => list.split(',').filter(Boolean)),
  /** All interfaces; a host on trial listens on one. */
  MUON_HOST: z.string().default('0.0.0.0'),
  MUON_PORT_OFFSET: port.default(0),
});

export type BootSettings = z.infer<typeof bootSettings>;
