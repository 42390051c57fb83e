import { EventEmitter } from 'node:events';
import type { Metrics } from '../metrics.ts';
import type { ProgramSample, ProgramTracks } from '../program/messages.ts';
import type { DiskFailure } from './disk-failure.ts';
import { Fragmenter } from './fragmenter.ts';

interface ProgramRecordingOptions {
  readonly metrics: Pick<Metrics, 'recorded'>;
  readonly open: (onFailed: (failure: DiskFailure) => void) => RecordedFile;
}

/** A file as it is written; after a failure, what is written goes nowhere. */
interface RecordedFile {
  write(bytes: Uint8Array): void;
  finish(failure: () => DiskFailure | undefined): void;
}

export interface ProgramRecordingEvents {
  /** Nothing more is recorded of this program, for this reason. */
  failed: [string];
}

/** One program as it is recorded: one file, or another when it is coded otherwise from some moment on. */
export class ProgramRecording extends EventEmitter<ProgramRecordingEvents> {
  readonly #options: ProgramRecordingOptions;
  #fragmenter: Fragmenter | undefined;
  #file: RecordedFile | undefined;
  #failure: DiskFailure | undefined;

  constructor(options: ProgramRecordingOptions) {
    super();
    this.#options = options;
  }

  /** A program begins, or begins again after its process died. */
  open(tracks: ProgramTracks): void {
    if (this.#failure) return;
    if (this.#fragmenter?.fits(tracks)) return this.#fragmenter.resume();
    this.end();
    this.#fragmenter = new Fragmenter(tracks);
    this.#file = this.#options.open((failure) => this.#fail(failure));
    this.#write(this.#fragmenter.init);
  }

  video(sample: ProgramSample): void {
    this.#write(this.#fragmenter?.video(sample));
  }

  audio(sample: ProgramSample): void {
    this.#write(this.#fragmenter?.audio(sample));
  }

  /** Nothing follows. */
  end(): void {
    this.#write(this.#fragmenter?.end());
    this.#fragmenter = undefined;
    const file = this.#file;
    this.#file = undefined;
    // The disk may fail with what still waits.
    file?.finish(() => this.#failure);
  }

  #write(bytes: Uint8Array | undefined): void {
    if (!bytes) return;
    this.#file?.write(bytes);
    this.#options.metrics.recorded(bytes.length);
  }

  #fail(failure: DiskFailure): void {
    this.#failure = failure;
    this.#fragmenter = undefined;
    this.end();
    this.emit('failed', failure.message);
  }
}
