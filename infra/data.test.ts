import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { timeToLive, toTableDefinition } from '@muon/functions/store/schema.ts';
import { beforeAll, expect, test } from 'vitest';
import { DataStack } from './data.ts';

let template: Template;
beforeAll(() => {
  template = Template.fromStack(new DataStack(new App(), 'Data'));
});

test('the table has the keys, the indexes and the time to live that the functions count on', () => {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode } = toTableDefinition('any');
  const { Properties } = onlyOne('AWS::DynamoDB::GlobalTable');
  expect(Properties).toMatchObject({
    KeySchema,
    GlobalSecondaryIndexes,
    BillingMode,
    TimeToLiveSpecification: timeToLive,
  });
  expect(byName(Properties['AttributeDefinitions'])).toEqual(byName(AttributeDefinitions));
});

test('the table can be brought back to any second of the last weeks, and its changes are streamed', () => {
  template.hasResource('AWS::DynamoDB::GlobalTable', {
    DeletionPolicy: 'Retain',
    Properties: {
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      Replicas: [
        {
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      ],
    },
  });
});

function onlyOne(type: string): { Properties: Record<string, unknown> } {
  const found = Object.values(template.findResources(type));
  expect(found).toHaveLength(1);
  return found[0] as { Properties: Record<string, unknown> };
}

function byName(attributes: unknown): unknown[] {
  return (attributes as { AttributeName: string }[]).sort((a, b) => a.AttributeName.localeCompare(b.AttributeName));
}
