import { functionSettings } from '@muon/functions/handlers/settings.ts';
import { portOffset, serviceSettings } from '@muon/service/settings.ts';
import * as z from 'zod';

/** What the control plane on one machine is told by its environment. */
export const controlPlaneSettings = z.object({
  ...functionSettings.shape,
  MUON_HOST: serviceSettings.shape.MUON_HOST.meta({ description: 'Address on which it listens.' }),
  MUON_PORT_OFFSET: portOffset.meta({ description: 'Added to every port.' }),
  MUON_DATA_DIR: z.string().default('.muon').meta({ description: 'Folder of the embedded database.' }),
  MUON_LOG_LEVEL: serviceSettings.shape.MUON_LOG_LEVEL.meta({ description: 'The least level that is logged.' }),
  MUON_BOOTSTRAP_KEY: z
    .string()
    .regex(/^mk_[a-z0-9]{1,64}_[A-Za-z0-9_-]{16,128}$/, 'must read mk_<id>_<secret of 16 or more characters>')
    .optional()
    .meta({ description: 'An API key that is made sure to exist, good for everything.' }),
  MUON_HEARTBEAT_INTERVAL_MS: functionSettings.shape.MUON_HEARTBEAT_INTERVAL_MS.unwrap().default(500).meta({
    description: 'How often nodes and gateways tell that they live; after three missed, and 3 s, they count as dead.',
  }),
  DYNAMODB_ENDPOINT: z
    .url()
    .optional()
    .meta({ description: 'A DynamoDB to use instead of the embedded one, which is then not started.' }),
});
