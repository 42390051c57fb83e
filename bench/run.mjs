// `npm run bench -- NAME [--option …]`: installs what is missing, then runs bench/NAME.ts under the pinned Node.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installPackages, node } from '../local/install.mjs';
import { installJanus, installPeers } from '../test/peers.mjs';

const [name, ...options] = process.argv.slice(2);
const file = join(import.meta.dirname, `${name}.ts`);
if (!name || !existsSync(file)) {
  const names = readdirSync(import.meta.dirname).filter((entry) => /^(?!report)[a-z-]+\.ts$/.test(entry));
  process.stderr.write(
    `npm run bench -- NAME, where NAME is one of: ${names.map((entry) => entry.slice(0, -3)).join(', ')}\n`,
  );
  process.exit(1);
}
installPackages();
installPeers();
if (name === 'peers') installJanus();
process.exit(spawnSync(node, [file, ...options], { stdio: 'inherit' }).status ?? 1);
