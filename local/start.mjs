// `npm start`: installs what is missing, then runs everything on this machine under the pinned Node.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { installPackages, node } from './install.mjs';

installPackages();
const main = spawn(node, [join(import.meta.dirname, 'main.ts')], { stdio: 'inherit' });
// The terminal sends Ctrl-C to both; this one waits for the other to end cleanly.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => main.kill('SIGTERM'));
main.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 0)));
