import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

const KEYS = ['pk', 'sk', 'gsi1pk', 'gsi1sk', 'gsi2pk', 'gsi2sk'] as const;

/** The one table: `gsi1` lists all of a kind, `gsi2` lists what belongs to a room, and rooms by when they are due. */
export function toTableDefinition(name: string): CreateTableCommandInput {
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: KEYS.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: toKeySchema(''),
    GlobalSecondaryIndexes: ['gsi1', 'gsi2'].map((index) => ({
      IndexName: index,
      KeySchema: toKeySchema(index),
      Projection: { ProjectionType: 'ALL' },
    })),
  };
}

/** In seconds since 1970; what has it is deleted some time later. */
export const timeToLive = { AttributeName: 'expiresAt', Enabled: true };

function toKeySchema(prefix: string): NonNullable<CreateTableCommandInput['KeySchema']> {
  return [
    { AttributeName: `${prefix}pk`, KeyType: 'HASH' },
    { AttributeName: `${prefix}sk`, KeyType: 'RANGE' },
  ];
}
