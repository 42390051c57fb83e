import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A Debian without anything, in a folder, in which programs run as if it were the machine. */
export class DebianRoot implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'muon-debian-'));

  constructor() {
    if (process.getuid?.() !== 0) throw new Error('A Debian root is made by root: run this test with sudo.');
    // Programs of other users have to get in.
    chmodSync(this.path, 0o755);
    execFileSync('debootstrap', ['--variant=minbase', '--include=systemd', 'bookworm', this.path], {
      stdio: ['ignore', 'ignore', 2],
    });
    copyFileSync('/etc/resolv.conf', join(this.path, 'etc/resolv.conf'));
    execFileSync('mount', ['-t', 'proc', 'proc', join(this.path, 'proc')]);
  }

  /** Puts a program where it comes before others of its name. */
  install(name: string, text: string): void {
    const file = join(this.path, 'usr/local/sbin', name);
    writeFileSync(file, text);
    chmodSync(file, 0o755);
  }

  /** @throws Error with all that it wrote when it fails. */
  async run(script: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const clean = { PATH: '/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin', ...env };
    // What it starts goes on after it, and would hold a pipe open.
    const log = join(this.path, 'var/log/run.log');
    const bash = ['/bin/bash', '-c', 'exec bash -s >/var/log/run.log 2>&1'];
    const child = spawn('chroot', [this.path, ...bash], { env: clean, stdio: ['pipe', 'ignore', 'ignore'] });
    child.stdin.end(script);
    const [status] = (await once(child, 'exit')) as [number | null];
    if (status !== 0) throw new Error(`The script ends with ${status}:\n${readFileSync(log, 'utf8').slice(-4000)}`);
  }

  /** What a command writes, of its errors too. */
  read(...command: readonly string[]): string {
    const { stdout, stderr } = spawnSync('chroot', [this.path, ...command], { encoding: 'utf8' });
    return (stdout + stderr).trim();
  }

  /** What each program that was started has written. */
  logs(): string {
    const folder = join(this.path, 'var/log');
    const names = readdirSync(folder).filter((name) => name.endsWith('.service.log'));
    return names.map((name) => `${name}:\n${readFileSync(join(folder, name), 'utf8').slice(-1500)}`).join('\n');
  }

  /** Ends what runs in it, by the ids that the stand-in for systemctl has noted. */
  stop(): void {
    const folder = join(this.path, 'run/started');
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const id = Number(readFileSync(join(folder, name), 'utf8'));
      if (Number.isNaN(id)) continue;
      try {
        process.kill(id, 'SIGTERM');
      } catch {
        // It has ended by itself.
      }
    }
    rmSync(folder, { recursive: true, force: true });
    rmSync(join(this.path, 'run/wanted'), { force: true });
  }

  [Symbol.dispose](): void {
    this.stop();
    spawnSync('umount', ['--lazy', join(this.path, 'proc')]);
    rmSync(this.path, { recursive: true, force: true });
  }
}
