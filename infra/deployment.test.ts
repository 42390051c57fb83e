import { Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { expect, test } from 'vitest';
import { SynthesizedDeployment } from './deployment.fixture.ts';

test('nothing is found that breaks a rule, and CloudFormation has no warning', () => {
  using deployment = new SynthesizedDeployment();
  const { pluginReports } = deployment.synthesize();
  expect(pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
  expect(deployment.remarks()).toEqual({ messages: [], missing: [] });
});

test('what breaks a rule is found', () => {
  using deployment = new SynthesizedDeployment();
  const open = new Stack(deployment.app, 'Open');
  void new Bucket(open, 'Bucket');
  expect(() => deployment.synthesize()).toThrow('server access logs disabled');
});
