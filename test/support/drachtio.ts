import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toDrachtioConfig } from '@muon/infra/host/drachtio.ts';
import { freePort } from './ports.ts';
import { until } from './until.ts';

/** Where drachtio-server is; undefined when it is not installed. */
export const drachtioProgram: string | undefined = process.env['MUON_TEST_DRACHTIO'] ?? onPath();

/** Said by every test that needs drachtio-server and does not find it. */
export const NO_DRACHTIO =
  'skipped: drachtio-server is not installed, and no distribution has a package of it (infra/host/build-drachtio.sh makes it)';

const SECRET = 'a secret of tests';

const KEPT_CHARACTERS = 4000;

export interface DrachtioOptions {
  readonly sipPort: number;
  /** What phones are told; 127.0.0.1 when absent. */
  readonly publicIp?: string;
}

/** A real drachtio-server, set up as hosts set it up. Use with `await using`. */
export class Drachtio implements AsyncDisposable {
  readonly control: { readonly host: string; readonly port: number; readonly secret: string };
  readonly #config: string;
  readonly #folder: string;
  #process: ChildProcess;
  #output = '';

  static async start({ sipPort, publicIp = '127.0.0.1' }: DrachtioOptions): Promise<Drachtio> {
    const folder = await mkdtemp(join(tmpdir(), 'muon-drachtio-'));
    const controlPort = await freePort();
    await writeFile(
      join(folder, 'drachtio.conf.xml'),
      toDrachtioConfig({ address: '127.0.0.1', publicIp, sipPort, controlPort }),
    );
    const drachtio = new Drachtio(folder, controlPort);
    await drachtio.#listens();
    return drachtio;
  }

  private constructor(folder: string, controlPort: number) {
    this.#folder = folder;
    this.#config = join(folder, 'drachtio.conf.xml');
    this.control = { host: '127.0.0.1', port: controlPort, secret: SECRET };
    this.#process = this.#spawn();
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** Settings of a gateway that uses it. */
  get env(): Record<string, string> {
    const { host, port, secret } = this.control;
    return {
      MUON_SIP_BACKEND: 'drachtio',
      MUON_SIP_DRACHTIO_HOST: host,
      MUON_SIP_DRACHTIO_PORT: `${port}`,
      MUON_SIP_DRACHTIO_SECRET: secret,
    };
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** What it has logged last. */
  get output(): string {
    return this.#output;
  }

  async kill(): Promise<void> {
    if (!this.running) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  async startAgain(): Promise<void> {
    await this.kill();
    this.#process = this.#spawn();
    await this.#listens();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true });
  }

  #spawn(): ChildProcess {
    const child = spawn(drachtioProgram!, ['-f', this.#config], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DRACHTIO_SECRET: SECRET },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-KEPT_CHARACTERS);
      });
    }
    return child;
  }

  #listens(): Promise<unknown> {
    return until('drachtio-server listens', async () => {
      if (!this.running) throw new Error(this.#output);
      const socket = connect(this.control.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
      return true;
    });
  }
}

function onPath(): string | undefined {
  try {
    return execFileSync('which', ['drachtio'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
