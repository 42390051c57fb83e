import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';

export interface KeptProcessOptions {
  /** As the log shows it. */
  readonly name: string;
  /** The TypeScript file that it runs. */
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface KeptProcessEvents {
  line: [{ readonly line: string }];
  /** It runs and takes work; again after each restart. */
  ready: [];
  /** It ended without being asked to; it is started again after `restartMs`. */
  died: [{ readonly how: string; readonly restartMs: number }];
}

/** The first restart is at once; one that dies again soon is not hurried. */
const MAX_RESTART_MS = 5000;

/** A process that has lived so long starts afresh. */
const SETTLED_MS = 10_000;

/** How long a process may take to end before it is killed. */
const END_MS = 5000;

/** A process that is started again whenever it dies, until it is closed. */
export class KeptProcess extends EventEmitter<KeptProcessEvents> {
  readonly name: string;
  readonly #options: KeptProcessOptions;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #restartMs = 0;
  #closed = false;

  constructor(options: KeptProcessOptions) {
    super();
    this.name = options.name;
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    const { file, env } = this.#options;
    const startedMs = Date.now();
    // The channel tells the child when this process is gone, so that nothing is left behind.
    const child = fork(file, { env, execPath: process.execPath, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.#child = child;
    for (const output of [child.stdout!, child.stderr!]) {
      createInterface({ input: output }).on('line', (line) => this.emit('line', { line }));
    }
    child.on('message', (message) => {
      if (typeof message === 'object' && 'type' in message && message.type === 'ready') this.emit('ready');
    });
    child.on('exit', (code, signal) => this.#exited(signal ?? `exit code ${code}`, Date.now() - startedMs));
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const impatience = setTimeout(() => child.kill('SIGKILL'), END_MS);
    await ended;
    clearTimeout(impatience);
  }

  #exited(how: string, livedMs: number): void {
    if (this.#closed) return;
    if (livedMs > SETTLED_MS) this.#restartMs = 0;
    this.#timer = setTimeout(() => this.start(), this.#restartMs);
    this.emit('died', { how, restartMs: this.#restartMs });
    this.#restartMs = Math.min(MAX_RESTART_MS, this.#restartMs * 2 || 250);
  }
}
