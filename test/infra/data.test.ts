import { timeToLive, toTableDefinition } from '@muon/functions/store/schema.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resourcesOf, SynthesizedDeployment, type Template } from '@muon/infra/deployment.fixture.ts';

let deployment: SynthesizedDeployment;
let template: Template;
beforeAll(() => {
  deployment = new SynthesizedDeployment();
  template = deployment.templateOf('data');
});
afterAll(() => deployment[Symbol.dispose]());

test('the table has the keys, the indexes and the time to live that the functions count on', () => {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode } = toTableDefinition('any');
  const [table, ...more] = resourcesOf(template, 'AWS::DynamoDB::GlobalTable');
  expect(more).toEqual([]);
  expect(table!.Properties).toMatchObject({
    KeySchema,
    GlobalSecondaryIndexes,
    BillingMode,
    TimeToLiveSpecification: timeToLive,
  });
  expect(byName(table!.Properties['AttributeDefinitions'])).toEqual(byName(AttributeDefinitions));
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

test('buckets are private, encrypted and kept', () => {
  const buckets = Object.values(template.findResources('AWS::S3::Bucket'));
  expect(buckets).toHaveLength(3);
  for (const bucket of buckets)
    expect(bucket).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        BucketEncryption: {},
      },
    });
});

test('what a host uploaded by halves does not stay, and recordings do', () => {
  const rules = Object.values(template.findResources('AWS::S3::Bucket'))
    .map(({ Properties }) => (Properties as { LifecycleConfiguration?: { Rules: unknown[] } }).LifecycleConfiguration)
    .filter((lifecycle) => JSON.stringify(lifecycle)?.includes('AbortIncompleteMultipartUpload'));
  expect(rules).toEqual([
    { Rules: [{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' }] },
  ]);
});

test('the keys that sign are rotated, by a function that Secrets Manager may call', () => {
  template.hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
    RotationRules: { ScheduleExpression: 'rate(45 days)' },
  });
  template.hasResourceProperties('AWS::Lambda::Permission', { Principal: 'secretsmanager.amazonaws.com' });
});

test('every hour, the function that rotates them is asked how old they are, and may see that', () => {
  const [rule, ...more] = resourcesOf(template, 'AWS::Events::Rule');
  expect(more).toEqual([]);
  const { ScheduleExpression, Targets } = rule!.Properties as {
    ScheduleExpression: string;
    Targets: { Arn: unknown }[];
  };
  expect(ScheduleExpression).toBe('rate(1 hour)');
  expect(JSON.stringify(Targets)).toMatch(/Rotate.*checkAgeOf.*SigningKeys/);
  template.hasResourceProperties('AWS::Lambda::Permission', { Principal: 'events.amazonaws.com' });
  expect(JSON.stringify(resourcesOf(template, 'AWS::IAM::Policy'))).toMatch(
    /"secretsmanager:DescribeSecret".*"Ref":"SigningKeys/,
  );
});

function byName(attributes: unknown): unknown[] {
  return (attributes as { AttributeName: string }[]).sort((a, b) => a.AttributeName.localeCompare(b.AttributeName));
}
