import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { until } from './until.ts';

/** A real TURN server on loopback that takes credentials made of a shared secret. Use with `await using`. */
export class Coturn implements AsyncDisposable {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #folder: string;
  #output = '';

  static async start(secret: string): Promise<Coturn> {
    const folder = await mkdtemp(join(tmpdir(), 'muon-turn-'));
    const port = await freePort();
    await writeFile(join(folder, 'turnserver.conf'), configuration({ folder, port, secret }));
    const child = spawn('turnserver', ['-c', join(folder, 'turnserver.conf')], { stdio: ['ignore', 'pipe', 'pipe'] });
    const coturn = new Coturn(child, port, folder);
    await until('coturn listens', () => {
      if (child.exitCode !== null) throw new Error(coturn.output);
      return coturn.output.includes('IPv4. UDP listener opened on');
    });
    return coturn;
  }

  private constructor(child: ChildProcess, port: number, folder: string) {
    this.port = port;
    this.#process = child;
    this.#folder = folder;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    }
  }

  /** What it has logged. */
  get output(): string {
    return this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await ended;
    }
    await rm(this.#folder, { recursive: true });
  }
}

function configuration({ folder, port, secret }: { folder: string; port: number; secret: string }): string {
  return [
    `listening-port=${port}`,
    'listening-ip=127.0.0.1',
    'relay-ip=127.0.0.1',
    'min-port=45000',
    'max-port=46000',
    'use-auth-secret',
    `static-auth-secret=${secret}`,
    'realm=muon.test',
    // Only here is everything on loopback.
    'allow-loopback-peers',
    'fingerprint',
    'no-tls',
    'no-dtls',
    'no-cli',
    'verbose',
    'log-file=stdout',
    `pidfile=${join(folder, 'turnserver.pid')}`,
    `userdb=${join(folder, 'turndb')}`,
    '',
  ].join('\n');
}
