import { portOffset } from '@muon/service/settings.ts';
import * as z from 'zod';

/** Settings of `npm start`; it hands the rest of the environment to the processes that it starts. */
export const localSettings = z.object({
  MUON_HOST: z.string().default('127.0.0.1').meta({
    description: 'Address to listen on. The default serves this machine alone; 0.0.0.0 serves the network.',
  }),
  MUON_PUBLIC_IP: z.string().optional().meta({
    description: 'Address under which clients reach this machine, when it is not the one it listens on.',
  }),
  MUON_PORT_OFFSET: portOffset.meta({ description: 'Added to every port, so that several copies run side by side.' }),
  MUON_DATA_DIR: z.string().default('.muon').meta({ description: 'Folder of the database, the secrets and the logs.' }),
  MUON_BOOTSTRAP_KEY: z
    .string()
    .regex(/^mk_[a-z0-9]{8,32}_[A-Za-z0-9_-]{32,128}$/, 'must look like mk_<id>_<secret>')
    .optional()
    .meta({ description: 'The first API key, instead of a random one.' }),
});

export type LocalSettings = z.infer<typeof localSettings>;
