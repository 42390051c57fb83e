import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'muon-synth-'));
const temporary = join(folder, 'tmp');
mkdirSync(temporary);
afterAll(() => rmSync(folder, { recursive: true }));

// As whoever deploys runs it, with the functions as they are; without an account it could ask AWS nothing.
test('cdk synth makes every stack, asks AWS nothing and warns of nothing', () => {
  const options = ['synth', '--quiet', '--output', folder];
  const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  const env = {
    HOME: folder,
    PATH: path,
    TMPDIR: temporary,
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
  const cdk = join(root, 'node_modules/aws-cdk/bin/cdk');
  const { status, stdout, stderr } = spawnSync(process.execPath, [cdk, ...options], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  expect(stdout + stderr).toContain('Successfully synthesized');
  expect(stdout + stderr).not.toMatch(/warning|error/i);
  expect(status).toBe(0);
  const stacks = readdirSync(folder).filter((name) => name.endsWith('.template.json'));
  expect(stacks).toHaveLength(5);
  expect(existsSync(join(root, 'cdk.context.json')), 'what AWS would have been asked').toBe(false);
  const report = JSON.parse(readFileSync(join(folder, 'validation-report.json'), 'utf8')) as Report;
  expect(report.pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
  expect(
    readdirSync(temporary).filter((name) => /^(muon|cdk\.out)/.test(name)),
    'what is left behind',
  ).toEqual([]);
});

interface Report {
  readonly pluginReports: readonly { readonly violations: readonly unknown[] }[];
}
