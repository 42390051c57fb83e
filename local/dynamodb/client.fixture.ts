import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Engine } from './engine.ts';
import { toRequestHandler } from './request-handler.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** The AWS SDK over an embedded engine. */
export function openEmbedded(path = ':memory:', clock?: () => number): { client: DynamoDBClient; engine: Engine } {
  const engine = new Engine(path, clock);
  const requestHandler = toRequestHandler(engine);
  return {
    engine,
    client: new DynamoDBClient({ region: 'local', credentials, endpoint: 'http://embedded', requestHandler }),
  };
}

/** The AWS SDK over a DynamoDB at an address. */
export function openRemote(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({ region: 'us-east-1', credentials, endpoint, maxAttempts: 1 });
}

/** A table with string keys and one index. */
export const thingsTable = {
  TableName: 'things',
  BillingMode: 'PAY_PER_REQUEST' as const,
  AttributeDefinitions: ['pk', 'sk', 'gpk', 'gsk'].map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S' as const,
  })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' as const },
    { AttributeName: 'sk', KeyType: 'RANGE' as const },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'gsi',
      KeySchema: [
        { AttributeName: 'gpk', KeyType: 'HASH' as const },
        { AttributeName: 'gsk', KeyType: 'RANGE' as const },
      ],
      Projection: { ProjectionType: 'ALL' as const },
    },
  ],
};
