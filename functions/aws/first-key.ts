// `node functions/aws/first-key.ts`: makes an API key for everything in the table MUON_TABLE, and prints it, this once.
// It runs with the AWS credentials of whoever deploys, who may write to the table.
import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { toId } from '@muon/contract/id.ts';
import { toApiKey } from '../domain/api-key.ts';
import { KeyRing } from '../operations/key-ring.ts';
import { openStore } from '../store/store.ts';

const { MUON_TABLE } = process.env;
if (MUON_TABLE === undefined) throw new Error('Set MUON_TABLE to the name of the table.');
const key = toApiKey(toId('key', randomBytes(16)).slice('ak_'.length), randomBytes(32).toString('base64url'));
const { apiKeys } = openStore(new DynamoDBClient({}), MUON_TABLE);
await new KeyRing(apiKeys, Date.now).ensure(key, new Date().toISOString());
process.stdout.write(`${key}\n`);
