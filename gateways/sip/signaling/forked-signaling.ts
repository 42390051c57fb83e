import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import type { Log } from '@muon/service/log.ts';
import type { FromChild, ToChild } from './child-messages.ts';
import type {
  SignalingBackend,
  SignalingCommand,
  SignalingEvent,
  SignalingEvents,
  SignalingOptions,
} from './signaling.ts';
import type { DialogSnapshot } from './sipjs/dialog-snapshot.ts';

/** A port that was just left is free again at once; a process that cannot start is not started in a loop. */
const RESTART_MS = 200;

/** A process that takes longer is ended. */
const CLOSE_MS = 2000;

/**
 * Signalling in a process of its own, since it reads what anybody sends. When it dies it is started again and goes on
 * with the calls that were answered; those that still rang are lost.
 */
export class ForkedSignaling extends EventEmitter<SignalingEvents> implements SignalingBackend {
  readonly #options: SignalingOptions;
  readonly #log: Log;
  /** The calls that are on; those that are answered with what it takes to adopt them. */
  readonly #calls = new Map<string, DialogSnapshot | undefined>();
  #child: ChildProcess;
  #counters: Record<string, number> = {};
  /** What processes before this one counted. */
  #countersBefore: Readonly<Record<string, number>> = {};
  #restarts = 0;
  #listening = false;
  #closed = false;

  /** @throws Error when the port cannot be listened on. */
  static async start(options: SignalingOptions, log: Log): Promise<ForkedSignaling> {
    const signaling = new ForkedSignaling(options, log);
    const first = signaling.#child;
    while (!signaling.#listening) {
      await Promise.race([once(first, 'message'), once(first, 'exit')]);
      if (first.exitCode === null && first.signalCode === null) continue;
      await signaling.close();
      throw new Error(`SIP cannot be listened for on port ${options.port} of ${options.host}`);
    }
    return signaling;
  }

  private constructor(options: SignalingOptions, log: Log) {
    super();
    this.#options = options;
    this.#log = log;
    this.#child = this.#start();
  }

  get counters(): Readonly<Record<string, number>> {
    const total: Record<string, number> = { ...this.#countersBefore, restarts: this.#restarts };
    for (const [name, count] of Object.entries(this.#counters)) total[name] = (total[name] ?? 0) + count;
    return total;
  }

  /** Whether calls can come in now. */
  get listening(): boolean {
    return this.#listening;
  }

  /** The process that signals, for tests that end it. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(command: SignalingCommand): void {
    if (command.type === 'hangUp') this.#calls.delete(command.call);
    if (command.type === 'refuse' && !this.#calls.get(command.call)) this.#calls.delete(command.call);
    this.#tell({ type: 'command', command });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_MS);
    this.#tell({ type: 'close' });
    await ended;
    clearTimeout(timer);
  }

  #start(): ChildProcess {
    const child = fork(join(import.meta.dirname, 'child.ts'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.on('message', (message: FromChild) => this.#receive(message));
    child.on('error', (error) => this.#log.error({ err: error }, 'the signalling process failed'));
    child.once('exit', (code, signal) => this.#exited(signal ?? `${code}`));
    child.send({ type: 'listen', options: this.#options } satisfies ToChild);
    return child;
  }

  #receive(message: FromChild): void {
    switch (message.type) {
      case 'listening':
        this.#listening = true;
        return this.#adoptAll();
      case 'event':
        return this.#pass(message.event);
      case 'dialog':
        if (this.#calls.has(message.call)) this.#calls.set(message.call, message.dialog);
        return;
      case 'counters':
        this.#counters = message.counters;
        return;
      default:
        message satisfies never;
    }
  }

  #pass(event: SignalingEvent): void {
    if (event.type === 'invited') this.#calls.set(event.call, undefined);
    if (event.type === 'hungUp' || event.type === 'lost') this.#calls.delete(event.call);
    this.emit('event', event);
  }

  #adoptAll(): void {
    for (const [call, dialog] of this.#calls) if (dialog) this.#tell({ type: 'adopt', call, dialog });
  }

  #exited(how: string): void {
    this.#listening = false;
    this.#countersBefore = this.counters;
    this.#counters = {};
    if (this.#closed) return;
    this.#restarts++;
    this.#log.error({ how, calls: this.#calls.size }, 'the signalling process ended; starting it again');
    for (const [call, dialog] of this.#calls) {
      if (!dialog) this.#pass({ type: 'lost', call, reason: 'signalling failed' });
    }
    setTimeout(() => {
      if (!this.#closed) this.#child = this.#start();
    }, RESTART_MS);
  }

  #tell(message: ToChild): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}
