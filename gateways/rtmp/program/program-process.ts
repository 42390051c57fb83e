import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import type { EgressAssignment } from '@muon/contract/internal.ts';
import { ControlPlaneError } from '@muon/service/control-plane.ts';
import type { Log } from '@muon/service/log.ts';
import { Backoff } from '../backoff.ts';
import type { FromProgram, ProgramSample, ProgramTally, ProgramTracks, ToProgram } from './messages.ts';
import type { LinkAddress } from './room-link.ts';

export interface ProgramProcessOptions {
  readonly assignment: EgressAssignment;
  /** When the program's timeline began. */
  readonly epochMs: number;
  /** Asks the control plane for a link to the room. */
  readonly openLink: () => Promise<LinkAddress>;
  readonly log: Log;
}

export interface ProgramProcessEvents {
  /** Before the first sample of each life of the process. */
  opened: [ProgramTracks];
  video: [ProgramSample];
  audio: [ProgramSample];
  tally: [ProgramTally];
  changed: [ProgramState];
  /** The process ended by itself; it is started again unless the state says otherwise. */
  died: [];
}

export type ProgramState =
  | { readonly status: 'starting' | 'active' }
  | { readonly status: 'failed'; readonly reason: string };

/** Ends in a row after which it is not tried again. */
const MAX_ATTEMPTS = 6;

/** A process from which no picture comes for so long hangs; the first takes longer, on a machine with much to do. */
const STALLED_MS = 15_000;
const FIRST_PICTURE_MS = 40_000;

/** One program's process: started again when it dies or hangs, until that does not help any more. */
export class ProgramProcess extends EventEmitter<ProgramProcessEvents> {
  readonly #options: ProgramProcessOptions;
  readonly #backoff = new Backoff();
  #layout: EgressAssignment['layout'];
  #state: ProgramState = { status: 'starting' };
  #child: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ProgramProcessOptions) {
    super();
    this.#options = options;
    this.#layout = options.assignment.layout;
    this.#start();
  }

  get state(): ProgramState {
    return this.#state;
  }

  /** Lays the picture out anew, in further lives of the process, too. */
  setLayout(layout: EgressAssignment['layout']): void {
    if (layout === this.#layout) return;
    this.#layout = layout;
    if (this.#child) send(this.#child, { type: 'layout', layout });
  }

  /** Of the running process. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Ends it for good, since it would go nowhere. */
  fail(reason: string): void {
    if (!this.#closed) this.#fail(reason);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#restart);
    clearTimeout(this.#watchdog);
    this.#child?.kill('SIGKILL');
  }

  #start(): void {
    const { assignment, epochMs } = this.#options;
    const child = fork(join(import.meta.dirname, 'child.ts'), { serialization: 'advanced', env: childEnv() });
    const startedMs = performance.now();
    this.#child = child;
    this.#watch(child, FIRST_PICTURE_MS);
    child.on('message', (message: FromProgram) => this.#onMessage(child, message));
    child.on('error', (error) => this.#options.log.error({ err: error }, 'a program’s process has trouble'));
    child.on('exit', (code, signal) => this.#onExit(signal ?? `exit code ${code}`, performance.now() - startedMs));
    send(child, { type: 'start', assignment: { ...assignment, layout: this.#layout }, epochMs });
  }

  #onMessage(child: ChildProcess, message: FromProgram): void {
    if (this.#closed || this.#state.status === 'failed') return;
    switch (message.type) {
      case 'linkWanted':
        return void this.#giveLink(child);
      case 'opened':
        this.emit('opened', message.tracks);
        return;
      case 'video':
        this.#watch(child, STALLED_MS);
        if (this.#state.status === 'starting') this.#become({ status: 'active' });
        this.emit('video', message.sample);
        return;
      case 'audio':
        this.emit('audio', message.sample);
        return;
      case 'tally':
        this.emit('tally', message.tally);
        return;
      case 'failed':
        return this.#fail(message.reason);
    }
  }

  /** Kills the process unless this is called again in time. */
  #watch(child: ChildProcess, patienceMs: number): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  }

  async #giveLink(child: ChildProcess): Promise<void> {
    try {
      send(child, { type: 'link', ...(await this.#options.openLink()) });
    } catch (error) {
      if (error instanceof ControlPlaneError && error.code === 'room-not-found') return this.#fail('The room is gone.');
      send(child, { type: 'linkRefused', reason: error instanceof Error ? error.message : String(error) });
    }
  }

  #onExit(how: string, livedMs: number): void {
    clearTimeout(this.#watchdog);
    this.#child = undefined;
    if (this.#closed || this.#state.status === 'failed') return;
    this.emit('died');
    const waitMs = this.#backoff.next(livedMs);
    if (this.#backoff.attempts >= MAX_ATTEMPTS) {
      this.#fail(`The composer ended ${MAX_ATTEMPTS} times in a row, at last by ${how}.`);
      return;
    }
    this.#options.log.warn({ how, waitMs }, 'a program’s process ended; starting it again');
    this.#restart = setTimeout(() => this.#start(), waitMs);
  }

  #fail(reason: string): void {
    this.#options.log.error({ reason }, 'a program failed');
    this.#become({ status: 'failed', reason });
    this.close();
  }

  #become(state: ProgramState): void {
    this.#state = state;
    this.emit('changed', state);
  }
}

/** The process that decodes what strangers send holds no secret. */
function childEnv(): NodeJS.ProcessEnv {
  const { MUON_INTERNAL_SECRET: _, ...env } = process.env;
  return env;
}

function send(child: ChildProcess, message: ToProgram): void {
  if (child.connected) child.send(message);
}
