import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resourcesOf, SynthesizedDeployment, type Template } from '@muon/infra/deployment.fixture.ts';

let deployment: SynthesizedDeployment;
let template: Template;
beforeAll(() => {
  deployment = new SynthesizedDeployment();
  template = deployment.templateOf('observability');
});
afterAll(() => deployment[Symbol.dispose]());

test('every alarm tells somebody, and its runbook has a line for it', () => {
  const alarms = Object.entries(template.findResources('AWS::CloudWatch::Alarm')) as [string, { Properties: object }][];
  const runbooks = readFileSync(join(import.meta.dirname, '../../docs/aws/runbooks.md'), 'utf8');
  expect(alarms.length).toBeGreaterThan(8);
  for (const [id, { Properties }] of alarms) {
    expect(Properties).toHaveProperty('AlarmActions');
    expect(runbooks).toContain(`\`${id.replace(/[0-9A-F]{8}$/, '')}\``);
  }
});

test('a fleet that tells nothing, and keys of which nobody tells the age, are alarms, too', () => {
  const silent = resourcesOf(template, 'AWS::CloudWatch::Alarm').filter(
    ({ Properties }) => Properties['TreatMissingData'] === 'breaching',
  );
  const metrics = silent.map(({ Properties }) => Properties['MetricName']);
  expect(new Set(metrics)).toEqual(new Set(['nodes', 'signingKeyAgeDays']));
  expect(metrics).toHaveLength(2);
});

test('keys that are not rotated are an alarm', () => {
  const Value = { 'Fn::ImportValue': expect.stringMatching(/^MuonData:ExportsOutputRefRotate/) as string };
  const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);
  expect(alarms).toContainEqual(
    expect.objectContaining({ MetricName: 'Errors', Dimensions: [{ Name: 'FunctionName', Value }], Threshold: 0 }),
  );
});

test('keys that are older than the period of their rotation, and some days, are an alarm, also when no rotation ever began', () => {
  const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);
  const [schedule] = resourcesOf(deployment.templateOf('data'), 'AWS::SecretsManager::RotationSchedule');
  const { ScheduleExpression } = schedule!.Properties['RotationRules'] as { ScheduleExpression: string };
  expect(alarms).toContainEqual(
    expect.objectContaining({
      Namespace: 'Muon',
      MetricName: 'signingKeyAgeDays',
      Statistic: 'Maximum',
      Period: 3600,
      EvaluationPeriods: 3,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: Number(/\d+/.exec(ScheduleExpression)![0]) + 5,
    }),
  );
});

test('there is a dashboard, and logs of functions and of the API end after a month', () => {
  template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  const groups = (['data', 'api', 'media'] as const).map((stack) =>
    resourcesOf(deployment.templateOf(stack), 'AWS::Logs::LogGroup').map(({ Properties }) => Properties),
  );
  // The rotation; four functions and the API; the fleet's function, its hosts and the flows of its network.
  expect(groups.map(({ length }) => length)).toEqual([1, 5, 3]);
  for (const group of groups.flat()) expect(group).toMatchObject({ RetentionInDays: 30 });
});
