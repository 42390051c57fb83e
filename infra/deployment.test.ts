import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDeployment } from './deployment.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muon-cdk-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('nothing is found that breaks a rule', async () => {
  const app = new App({ outdir: folder, context: { 'aws:cdk:bundling-stacks': [] } });
  createDeployment(app);
  app.synth();
  const report = JSON.parse(await readFile(join(folder, 'validation-report.json'), 'utf8')) as unknown;
  expect(report).toMatchObject({ pluginReports: [] });
});

test('what breaks a rule is found', () => {
  const app = new App();
  createDeployment(app);
  const open = new Stack(app, 'Open');
  void new Bucket(open, 'Bucket');
  expect(() => app.synth()).toThrow('server access logs disabled');
});
