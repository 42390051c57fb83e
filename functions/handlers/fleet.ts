import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { AwsCloud } from '../aws/cloud.ts';
import { type Beating, isAlive, stalenessMs } from '../domain/liveness.ts';
import { type Cloud, type FleetTally, tendFleet } from '../fleet/tend.ts';
import { openStore } from '../store/store.ts';
import { toEmbeddedMetrics } from './embedded-metrics.ts';
import { jsonLog } from './json-log.ts';

/** What the function is told by its environment; AWS alone has it. */
const fleetSettings = z.object({
  MUON_TABLE: z.string(),
  MUON_HEARTBEAT_INTERVAL_MS: z.coerce.number().int().default(5000),
  MUON_MEDIA_DOMAIN: z.string(),
  MUON_MEDIA_GROUP: z.string(),
  MUON_SIP_GROUP: z.string(),
  MUON_ZONE_ID: z.string(),
  MUON_SIP_ADDRESS_IDS: z.string().transform((list) => list.split(',').filter(Boolean)),
  MUON_LAUNCHING_HOOK: z.string(),
  MUON_TERMINATING_HOOK: z.string(),
  MUON_DRAIN_SECONDS: z.coerce.number().int(),
});

/** A Lambda function that is run every minute, and when a host starts or is to end. */
export function createFleetHandler(open: () => { tend: () => Promise<FleetTally>; write: (line: string) => void }) {
  return async (): Promise<void> => {
    const { tend, write } = open();
    const tally = await tend();
    write(toEmbeddedMetrics(units, tally, Date.now()));
    // Each is in the log already. An alarm watches whether the function fails.
    if (tally.failures > 0) throw new Error(`${tally.failures} things that are due to the fleet could not be done`);
  };
}

const units = { nodes: 'Count', lostNodes: 'Count', participants: 'Count', reservedPercent: 'Percent' } as const;

function fromEnvironment() {
  const settings = fleetSettings.parse(process.env);
  const staleMs = stalenessMs(settings.MUON_HEARTBEAT_INTERVAL_MS);
  const store = openStore(new DynamoDBClient({}), settings.MUON_TABLE);
  const cloud: Cloud = new AwsCloud({
    groups: [settings.MUON_MEDIA_GROUP, settings.MUON_SIP_GROUP],
    zoneId: settings.MUON_ZONE_ID,
    addressIds: settings.MUON_SIP_ADDRESS_IDS,
    hooks: { launching: settings.MUON_LAUNCHING_HOOK, terminating: settings.MUON_TERMINATING_HOOK },
  });
  const options = {
    domain: settings.MUON_MEDIA_DOMAIN,
    mediaGroup: settings.MUON_MEDIA_GROUP,
    sipGroup: settings.MUON_SIP_GROUP,
    drainSeconds: settings.MUON_DRAIN_SECONDS,
    isAlive: (member: Beating) => isAlive(member, staleMs, Date.now()),
    clock: Date.now,
    failed: (error: unknown, what: string) => jsonLog.error({ err: error }, `${what} failed`),
  };
  return {
    tend: () => tendFleet(store, cloud, options),
    write: (line: string) => void process.stdout.write(`${line}\n`),
  };
}

/** The Lambda function. */
export const handler = createFleetHandler(fromEnvironment);
