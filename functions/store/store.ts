import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Store } from '../domain/store.ts';
import { DynamoApiKeys } from './api-keys.ts';
import { DynamoBans } from './bans.ts';
import { DynamoCalls } from './calls.ts';
import { DynamoDeliveries } from './deliveries.ts';
import { DynamoEgresses } from './egresses.ts';
import { DynamoGateways } from './gateways.ts';
import { ingressRecords } from './ingresses.ts';
import { DynamoNodes } from './nodes.ts';
import { DynamoOnce } from './once.ts';
import { DynamoOutbox } from './outbox.ts';
import { DynamoRecordings } from './recordings.ts';
import { DynamoRooms } from './rooms.ts';
import { dispatchRuleRecords, TrunkRecords } from './sip.ts';
import { Table } from './table.ts';
import { DynamoUsage } from './usage.ts';
import { DynamoWebhooks } from './webhooks.ts';

/** The store in a DynamoDB table. */
export function openStore(client: DynamoDBClient, tableName: string): Store {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const table = new Table(documents, tableName);
  return {
    rooms: new DynamoRooms(table),
    bans: new DynamoBans(table),
    nodes: new DynamoNodes(table),
    gateways: new DynamoGateways(table),
    egresses: new DynamoEgresses(table),
    recordings: new DynamoRecordings(table),
    calls: new DynamoCalls(table),
    ingresses: ingressRecords(table),
    trunks: new TrunkRecords(table),
    dispatchRules: dispatchRuleRecords(table),
    apiKeys: new DynamoApiKeys(table),
    once: new DynamoOnce(table),
    usage: new DynamoUsage(table),
    webhooks: new DynamoWebhooks(table),
    outbox: new DynamoOutbox(table),
    deliveries: new DynamoDeliveries(table),
  };
}
