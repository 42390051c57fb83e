import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export interface Diff {
  /** What breaks those who use the API as it was, one sentence each. */
  readonly breaking: readonly string[];
  /** By which rules of Redocly. */
  readonly rules: readonly string[];
  /** Whether info.version moved as far as semantic versioning asks. */
  readonly versionMoved: boolean;
}

interface Report {
  readonly changes: readonly {
    readonly impact: 'major' | 'minor' | 'patch';
    readonly path: string;
    readonly verdicts: readonly { readonly ruleId: string; readonly message: string }[];
  }[];
}

/** What changed from one OpenAPI file to another, as `redocly diff` judges it. */
export function redoclyDiff(base: string, revision: string): Diff {
  const cli = join(root, 'node_modules/@redocly/cli/bin/cli.js');
  const options = ['--check-version', '--fail-on', 'none', '--format', 'json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'diff', base, revision, ...options], {
    // Not where redocly.yaml is: the rules that it names are all that there are then, and none of them compares.
    cwd: import.meta.dirname,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, REDOCLY_TELEMETRY: 'off' },
  });
  if (stdout === '') throw new Error(stderr);
  const { changes } = JSON.parse(stdout) as Report;
  const major = changes.filter(({ impact }) => impact === 'major');
  return {
    breaking: major.map(({ path, verdicts }) => verdicts[0]?.message ?? path),
    rules: major.flatMap(({ verdicts }) => verdicts.map(({ ruleId }) => ruleId)),
    versionMoved: status === 0,
  };
}
