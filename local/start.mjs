// `npm start`: installs what is missing, then runs everything on this machine under the pinned Node.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { installPackages, node } from './install.mjs';

/** The parts of a runner that was killed notice, and free their ports, within three seconds. */
const RESTART_MS = 4000;

let main;
let stopping = false;

installPackages();
start();
// The terminal sends Ctrl-C to both; this one waits for the other to end cleanly.
process.on('SIGINT', () => (stopping = true));
process.on('SIGTERM', () => {
  stopping = true;
  main.kill('SIGTERM');
});

function start() {
  if (stopping) process.exit(0);
  main = spawn(node, [join(import.meta.dirname, 'main.ts')], { stdio: 'inherit' });
  main.on('exit', (code, signal) => {
    if (stopping || signal === null) process.exit(code ?? 0);
    process.stderr.write(`The runner was ended by ${signal}; starting again.\n`);
    setTimeout(start, RESTART_MS);
  });
}
