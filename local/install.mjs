// Plain JavaScript: it runs under whatever Node the machine has, before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const stamp = join(root, 'node_modules', '.muon-lock');

/** The Node that the project pins. */
export const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Installs exactly what package-lock.json says, unless it is there already. */
export function installPackages() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  process.stderr.write('Installing packages (once, about a minute) …\n');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const install = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, SKIP_FFMPEG: 'true' },
  });
  if (install.status !== 0) {
    process.stderr.write('npm ci failed: see its message above.\n');
    process.exit(1);
  }
  if (!existsSync(node)) {
    process.stderr.write('The `node` package did not bring its binary: is running install scripts disabled in npm?\n');
    process.exit(1);
  }
  writeFileSync(stamp, lock);
}
