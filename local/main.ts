import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dialHost, urlHost } from '@muon/service/addresses.ts';
import { readSettings } from '@muon/service/settings.ts';
import { takenPorts } from './free-ports.ts';
import { KeptProcess } from './kept-process.ts';
import { LogFile } from './log-file.ts';
import { toReadableLine } from './log-line.ts';
import { keepSecrets } from './secrets.ts';
import { localSettings } from './settings.ts';
import { welcome } from './welcome.ts';

/** The parts of the system, each a process of its own: when one dies, the rest goes on. */
const parts = {
  'control-plane': 'local/control-plane.ts',
  'media-node': 'media-node/main.ts',
  'sip-gateway': 'gateways/sip/main.ts',
  'rtmp-gateway': 'gateways/rtmp/main.ts',
};

const root = join(import.meta.dirname, '..');

/** A part that dies so often before it was ever ready will not come up by trying. */
const MAX_FAILED_STARTS = 4;

try {
  await main();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}

async function main(): Promise<void> {
  const settings = readSettings(localSettings, process.env);
  const { MUON_HOST: host, MUON_PORT_OFFSET: offset } = settings;
  await refuseTakenPorts(host, offset);
  const dataDir = resolve(root, settings.MUON_DATA_DIR);
  const { secrets, firstStart } = keepSecrets(dataDir, settings.MUON_BOOTSTRAP_KEY);
  const env = {
    ...process.env,
    MUON_DATA_DIR: dataDir,
    MUON_RECORDINGS_DIR: process.env['MUON_RECORDINGS_DIR'] ?? join(dataDir, 'recordings'),
    MUON_HOST: host,
    MUON_PORT_OFFSET: String(offset),
    MUON_API_URL: `http://${urlHost(dialHost(host))}:${8080 + offset}`,
    MUON_BOOTSTRAP_KEY: secrets.apiKey,
    MUON_INTERNAL_SECRET: secrets.internalSecret,
    MUON_SIGNING_KEY: secrets.signingKey,
  };
  buildConsole();
  await start(dataDir, env);
  process.stdout.write(welcome({ host, offset, apiKey: secrets.apiKey, firstStart }));
}

/** Starts every part and keeps it running until this process is told to end; resolves when all are ready. */
async function start(dataDir: string, env: NodeJS.ProcessEnv): Promise<void> {
  const processes = Object.entries(parts).map(([name, file]) => new KeptProcess({ name, file: join(root, file), env }));
  const close = (): void => void Promise.all(processes.map((part) => part.close())).then(() => process.exit());
  process.once('SIGINT', close);
  process.once('SIGTERM', close);
  mkdirSync(join(dataDir, 'logs'), { recursive: true });
  const [controlPlane, ...others] = processes.map(
    (part) => () => startPart(part, join(dataDir, 'logs', `${part.name}.log`)),
  );
  // The others register with it: first tries that fail would only cost time.
  await controlPlane!();
  await Promise.all(others.map((startOther) => startOther()));
}

function startPart(part: KeptProcess, logFile: string): Promise<void> {
  const file = new LogFile(logFile);
  const print = (line: string): void => {
    file.write(line);
    process.stdout.write(`${toReadableLine(part.name, line, process.stdout.isTTY)}\n`);
  };
  part.on('line', ({ line }) => print(line));
  return new Promise((ready) => {
    let failedStarts = 0;
    let wasReady = false;
    part.once('ready', () => {
      wasReady = true;
      ready();
    });
    part.on('died', ({ how, restartMs }) => {
      print(`ended by ${how}; starting again${restartMs > 0 ? ` in ${restartMs} ms` : ''}`);
      if (!wasReady) failedStarts += 1;
      if (failedStarts >= MAX_FAILED_STARTS) {
        process.stderr.write(`The ${part.name} does not start: its last words are above.\n`);
        process.exitCode = 1;
        process.kill(process.pid, 'SIGTERM');
      }
    });
    part.start();
  });
}

async function refuseTakenPorts(host: string, offset: number): Promise<void> {
  const taken = await takenPorts(host, offset);
  if (taken.length === 0) return;
  const names = taken.map(({ purpose, protocol, port }) => `${port}/${protocol} (${purpose})`).join(', ');
  throw new Error(`In use already: ${names}. Stop what holds it, or set MUON_PORT_OFFSET to move every port.`);
}

/** Bundles the console; a fresh clone has none. */
function buildConsole(): void {
  const build = spawnSync(process.execPath, [join(root, 'web/build.ts')], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (build.status !== 0) throw new Error('The console could not be built: see above.');
}
