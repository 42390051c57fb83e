import { functionSettings } from '@muon/functions/handlers/settings.ts';
import { serviceSettings } from '@muon/service/settings.ts';
import * as z from 'zod';
import { localSettings } from '../settings.ts';

/** What the control plane on one machine is told by its environment. */
export const controlPlaneSettings = z.object({
  ...functionSettings.shape,
  ...serviceSettings.pick({ MUON_HOST: true, MUON_PORT_OFFSET: true, MUON_LOG_LEVEL: true }).shape,
  ...localSettings.pick({ MUON_DATA_DIR: true, MUON_BOOTSTRAP_KEY: true }).shape,
  MUON_HEARTBEAT_INTERVAL_MS: functionSettings.shape.MUON_HEARTBEAT_INTERVAL_MS.unwrap().default(500).meta({
    description:
      'How often nodes and gateways tell that they live; after 2.9 intervals without a word, and at least 3 s, they count as dead.',
  }),
  MUON_LONG_POLL_MS: functionSettings.shape.MUON_LONG_POLL_MS.unwrap().default(5000).meta({
    description:
      'How long a request of a gateway waits for something new to do; with 0, gateways hear of it by their heartbeats.',
  }),
  MUON_WEBHOOK_TARGETS: functionSettings.shape.MUON_WEBHOOK_TARGETS.unwrap().default('loopback').meta({
    description:
      'Where webhooks may lead: `public` addresses over https; `loopback`, also over http, besides; `any` address.',
  }),
  DYNAMODB_ENDPOINT: z
    .url()
    .optional()
    .meta({ description: 'A DynamoDB to use instead of the embedded one, which is then not started.' }),
});
