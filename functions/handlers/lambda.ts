import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Secrets, withSecrets } from '../aws/secrets.ts';
import type { Store } from '../domain/store.ts';
import { openStore } from '../store/store.ts';
import type { Dependencies } from './context.ts';
import type { DeliveryDependencies } from './deliveries.ts';
import { jsonLog } from './json-log.ts';
import { deliverySettings, functionSettings } from './settings.ts';

/** What a function that answers requests is made of on AWS. */
export async function fromEnvironment(): Promise<Dependencies> {
  const settings = functionSettings.parse(await readEnvironment());
  return { store: storeIn(settings.MUON_TABLE), settings, log: jsonLog };
}

/** What a function that delivers events is made of on AWS. */
export async function deliveriesFromEnvironment(): Promise<DeliveryDependencies> {
  const settings = deliverySettings.parse(await readEnvironment());
  return { store: storeIn(settings.MUON_TABLE), settings, log: jsonLog };
}

function readEnvironment(): Promise<NodeJS.ProcessEnv> {
  return withSecrets(process.env, new Secrets(process.env));
}

function storeIn(table: string): Store {
  return openStore(new DynamoDBClient({}), table);
}
