import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { openStore } from '../store/store.ts';
import type { Dependencies } from './context.ts';
import { jsonLog } from './json-log.ts';
import { functionSettings } from './settings.ts';

/** What a function is made of on AWS. */
export function fromEnvironment(): Dependencies {
  const settings = functionSettings.parse(process.env);
  return { store: openStore(new DynamoDBClient({}), settings.MUON_TABLE), settings, log: jsonLog };
}
