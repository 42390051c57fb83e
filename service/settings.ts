import { isIP } from 'node:net';
import * as z from 'zod';

/** A setting that is missing or does not fit; the message is a sentence for the operator. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

const wholeNumber = z.coerce.number().int();

/** An offset that moves every port, so that several copies run side by side. */
export const portOffset = wholeNumber.min(0).max(40_000).default(0);

/** A secret; or the word for none, where IAM says who sends a request. */
export const internalSecret = z.string().regex(/^(iam|.{32,})$/s, 'must be 32 characters or more, or `iam`');

/** Settings that every node and gateway has. */
export const serviceSettings = z.object({
  MUON_HOST: z.string().default('127.0.0.1').meta({
    description:
      'Address to listen on. The default serves this machine alone, `0.0.0.0` the network over IPv4, `::` over IPv4 and IPv6 (phones over IPv4 alone).',
  }),
  MUON_PUBLIC_IP: z
    .string()
    .default('')
    .transform((list) => list.split(/[\s,]+/).filter((address) => address !== ''))
    .refine((addresses) => addresses.every((address) => isIP(address) !== 0), 'not a list of IP addresses')
    .meta({
      description:
        'Addresses under which clients reach this machine, when they are not those that it listens on: IPv4 and IPv6, separated by commas, best first.',
    }),
  MUON_PORT_OFFSET: portOffset.meta({ description: 'Added to every port, so that several copies run side by side.' }),
  MUON_REGION: z
    .string()
    .min(1)
    .max(64)
    .default('local')
    .meta({ description: 'Where this process runs, as you name it.' }),
  MUON_API_URL: z
    .url()
    .default('http://127.0.0.1:8080')
    .meta({ description: 'Where nodes and gateways find the control plane.' }),
  MUON_INTERNAL_SECRET: internalSecret.meta({
    description:
      'Shared by the processes of one machine; signs what they ask of one another. `npm start` makes it. `iam` on EC2: the role of the instance signs instead, in the AWS region that `MUON_REGION` names.',
  }),
  MUON_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .meta({ description: 'The least level that is logged.' }),
});

export type ServiceSettings = z.infer<typeof serviceSettings>;

/**
 * Reads settings from the environment, once, at the start of a process.
 *
 * @throws SettingsError naming each variable that is missing or bad; never its value, which may be a secret.
 */
export function readSettings<Schema extends z.ZodObject>(schema: Schema, env: NodeJS.ProcessEnv): z.infer<Schema> {
  const given = Object.fromEntries(Object.entries(env).filter(([name, value]) => name in schema.shape && value !== ''));
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  const faults = read.error.issues.map(({ path, code, message }) => {
    const name = path.join('.');
    return code === 'invalid_type' && given[name] === undefined ? `${name} is not set` : `${name}: ${message}`;
  });
  throw new SettingsError(`Cannot start: ${faults.join('; ')}.`);
}
