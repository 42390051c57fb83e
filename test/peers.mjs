// Programs that the end-to-end tests talk to, and how they get onto a machine.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian's package of each program. */
const peers = {
  chromium: 'chromium',
  ffmpeg: 'ffmpeg',
  ffprobe: 'ffmpeg',
  baresip: 'baresip-core',
  sipp: 'sip-tester',
  turnserver: 'coturn',
  ip: 'iproute2',
  debootstrap: 'debootstrap',
  openssl: 'openssl',
};

const elevate = process.getuid?.() === 0 ? [] : ['sudo', '-n'];

/** Installs what is missing through apt-get where this user may; else says what is missing and ends. */
export function installPeers() {
  const missing = Object.keys(peers).filter((program) => !onPath(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((program) => peers[program]))];
  if (install(packages) && missing.every(onPath)) return;
  process.stderr.write(
    `The end-to-end tests need ${missing.join(', ')}. On Debian or Ubuntu: sudo apt-get install ${packages.join(' ')}\n`,
  );
  process.exit(1);
}

/** Installs Janus, where this user may, for the benchmark beside it; no test needs it. */
export function installJanus() {
  if (onPath('janus')) return;
  // Its package would also run it as a service, which nobody has asked for.
  if (existsSync('/run/systemd/system')) run([...elevate, 'systemctl', 'mask', 'janus.service']);
  install(['janus']);
}

function install(packages) {
  process.stderr.write(`Installing test peers: ${packages.join(' ')} …\n`);
  return (
    onPath('apt-get') &&
    run([...elevate, 'apt-get', 'update', '-qq']) &&
    run([...elevate, 'apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages])
  );
}

function run([command, ...args]) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0;
}

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
