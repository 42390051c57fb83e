import { serviceSettings } from '@muon/service/settings.ts';
import * as z from 'zod';

/** Settings of `npm start`; it hands the rest of the environment to the processes that it starts. */
export const localSettings = z.object({
  ...serviceSettings.pick({ MUON_HOST: true, MUON_PUBLIC_IP: true, MUON_PORT_OFFSET: true }).shape,
  MUON_DATA_DIR: z.string().default('.muon').meta({ description: 'Folder of the database, the secrets and the logs.' }),
  MUON_BOOTSTRAP_KEY: z
    .string()
    .regex(/^mk_[a-z0-9]{1,64}_[A-Za-z0-9_-]{16,128}$/, 'must read mk_<id>_<secret of 16 or more characters>')
    .optional()
    .meta({ description: 'The first API key, instead of a random one.' }),
});
