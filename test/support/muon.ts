import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePortOffset } from './ports.ts';
import { descendants, type RunningProcess } from './process-tree.ts';
import { until } from './until.ts';

const root = join(import.meta.dirname, '../..');
const API_KEY = 'mk_test0000_0123456789abcdef0123456789abcdef';

/** The whole system on this machine, as `npm start` runs it, on free ports and with a data folder of its own. */
export class Muon {
  readonly offset: number;
  readonly dataDir: string;
  readonly apiKey = API_KEY;
  #main: ChildProcess | undefined;
  #output = '';

  private constructor(offset: number, dataDir: string) {
    this.offset = offset;
    this.dataDir = dataDir;
  }

  static async start(env: NodeJS.ProcessEnv = {}): Promise<Muon> {
    const muon = new Muon(await freePortOffset(), await mkdtemp(join(tmpdir(), 'muon-data-')));
    await muon.run(env);
    return muon;
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.port(8080)}`;
  }

  /** Everything that was printed since the start. */
  get output(): string {
    return this.#output;
  }

  port(base: number): number {
    return base + this.offset;
  }

  /** Starts it, or starts it again after {@link stop}. */
  async run(env: NodeJS.ProcessEnv = {}): Promise<void> {
    const main = spawn(process.execPath, ['local/start.mjs'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        MUON_PORT_OFFSET: String(this.offset),
        MUON_DATA_DIR: this.dataDir,
        MUON_BOOTSTRAP_KEY: API_KEY,
        ...env,
      },
    });
    this.#main = main;
    this.#output = '';
    for (const stream of [main.stdout, main.stderr]) stream.on('data', (text) => (this.#output += String(text)));
    await until(
      'everything is up',
      () => {
        if (main.exitCode !== null) throw new Error(`ended: ${this.#output}`);
        return this.#output.includes('Muon is up');
      },
      { timeoutMs: 60_000 },
    ).catch((error: unknown) => {
      main.kill('SIGKILL');
      throw new Error(`${String(error)}\n${this.#output}`);
    });
  }

  /** Its processes, the first one left out. */
  processes(): RunningProcess[] {
    return descendants(this.#main?.pid ?? -1);
  }

  /** A request to the REST API with the API key; the parsed body, or an error with the problem in it. */
  async api<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    const response = await fetch(this.apiUrl + path, {
      method,
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as Body;
  }

  async stop(): Promise<void> {
    const main = this.#main;
    if (!main || main.exitCode !== null) return;
    const ended = once(main, 'exit');
    main.kill('SIGTERM');
    await ended;
  }

  /** Stops it and forgets its data. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
