import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import type { Log } from '@muon/service/log.ts';
import { Backoff } from '../backoff.ts';
import type { ProgramSample, ProgramTracks } from '../program/messages.ts';
import type { FromRtmp, RtmpTally, ToRtmp } from './messages.ts';

export interface RtmpFrontOptions {
  readonly host: string;
  readonly port: number;
  readonly log: Log;
}

export interface RtmpFrontEvents {
  listening: [];
  tally: [RtmpTally];
}

interface Pulled {
  readonly tokens: readonly string[];
  readonly tracks: ProgramTracks;
  /** Whether a keyframe has to come first: the process is new, or was not keeping up. */
  waiting: boolean;
}

/** Media that waits for the process beyond this is dropped up to the next keyframe. */
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;

/** The RTMP process as the gateway sees it: started again whenever it dies, and told what there is to pull. */
export class RtmpFront extends EventEmitter<RtmpFrontEvents> {
  readonly #options: RtmpFrontOptions;
  readonly #programs = new Map<string, Pulled>();
  readonly #backoff = new Backoff();
  #child: ChildProcess | undefined;
  #listening = false;
  #queuedBytes = 0;
  #restart: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: RtmpFrontOptions) {
    super();
    this.#options = options;
    this.#start();
  }

  get listening(): boolean {
    return this.#listening;
  }

  /** A program can be pulled; again when it begins anew. */
  open(egressId: string, tokens: readonly string[], tracks: ProgramTracks): void {
    this.#programs.set(egressId, { tokens, tracks, waiting: true });
    this.#send({ type: 'open', egressId, tokens, tracks });
  }

  media(type: 'video' | 'audio', egressId: string, sample: ProgramSample): void {
    const program = this.#programs.get(egressId);
    if (!program) return;
    if (this.#queuedBytes > MAX_QUEUED_BYTES) program.waiting = true;
    else if (type === 'video' && sample.keyframe) program.waiting = false;
    if (!program.waiting) this.#send({ type, egressId, sample }, sample.data.length);
  }

  closeProgram(egressId: string): void {
    if (this.#programs.delete(egressId)) this.#send({ type: 'close', egressId });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#restart);
    this.#child?.kill();
  }

  #start(): void {
    const { host, port } = this.#options;
    const child = fork(join(import.meta.dirname, 'child.ts'), { serialization: 'advanced' });
    const startedMs = performance.now();
    this.#child = child;
    this.#queuedBytes = 0;
    child.on('message', (message: FromRtmp) => this.#onMessage(message));
    child.on('error', (error) => this.#options.log.error({ err: error }, 'the RTMP process has trouble'));
    child.on('exit', (code, signal) => this.#onExit(signal ?? `exit code ${code}`, performance.now() - startedMs));
    this.#send({ type: 'listen', host, port });
    for (const [egressId, program] of this.#programs) {
      program.waiting = true;
      this.#send({ type: 'open', egressId, tokens: program.tokens, tracks: program.tracks });
    }
  }

  #onMessage(message: FromRtmp): void {
    if (message.type === 'tally') {
      this.emit('tally', message.tally);
    } else {
      this.#listening = true;
      this.emit('listening');
    }
  }

  #onExit(how: string, livedMs: number): void {
    this.#listening = false;
    this.#child = undefined;
    if (this.#closed) return;
    const waitMs = this.#backoff.next(livedMs);
    this.#options.log.warn({ how, waitMs }, 'the RTMP process ended; starting it again');
    this.#restart = setTimeout(() => this.#start(), waitMs);
  }

  #send(message: ToRtmp, sizeBytes = 0): void {
    const child = this.#child;
    if (!child?.connected) return;
    this.#queuedBytes += sizeBytes;
    child.send(message, () => {
      if (this.#child === child) this.#queuedBytes -= sizeBytes;
    });
  }
}
