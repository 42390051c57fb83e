// `npm run check` and `npm test`: installs what is missing, runs every check, and ends with one line of counts.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackages, node } from '../local/install.mjs';
import { installPeers } from './peers.mjs';

const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules');
const [mode, ...filters] = process.argv.slice(2);
const counts = { passed: 0, failed: 0, skipped: 0 };

installPackages();
check('types', [join(bin, 'typescript/bin/tsc')]);
check('lint', [join(bin, 'oxlint/bin/oxlint')]);
check('format', [join(bin, 'oxfmt/bin/oxfmt'), '--check']);
check('unused', [join(bin, 'knip/bin/knip.js'), '--no-progress']);
check('openapi.yaml is fresh', ['functions/openapi/write.ts', '--check']);
check('openapi.yaml is valid', [join(bin, '@redocly/cli/bin/cli.js'), 'lint', 'openapi.yaml']);
suite('unit');
if (mode !== 'check') {
  installPeers();
  suite('end-to-end', mode ? [mode, ...filters] : []);
}
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exit(counts.failed > 0 ? 1 : 0);

function check(name, args) {
  const ok = run(args, 'pipe');
  counts[ok ? 'passed' : 'failed'] += 1;
  process.stdout.write(`${ok ? '✓' : '✗'} ${name}\n`);
}

function suite(project, files = []) {
  const folder = mkdtempSync(join(tmpdir(), 'muon-test-'));
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  run([join(bin, 'vitest/vitest.mjs'), 'run', '--project', project, ...reporters, ...files], 'inherit');
  try {
    const { numPassedTests, numFailedTests, numPendingTests, success } = JSON.parse(readFileSync(report, 'utf8'));
    counts.passed += numPassedTests;
    // A file that cannot be loaded fails the run without a failed test.
    counts.failed += numFailedTests || (success ? 0 : 1);
    counts.skipped += numPendingTests;
  } catch {
    counts.failed += 1;
  }
  rmSync(folder, { recursive: true });
}

/** Runs a script under the pinned Node; with `pipe`, its output is shown only when it fails. */
function run(args, output) {
  const result = spawnSync(node, args, {
    cwd: root,
    stdio: ['ignore', output, output],
    encoding: 'utf8',
    env: { ...process.env, REDOCLY_TELEMETRY: 'off' },
  });
  if (output === 'pipe' && result.status !== 0) process.stderr.write(`${result.stdout}${result.stderr}`);
  return result.status === 0;
}
