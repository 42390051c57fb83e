import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/** A log takes at most twice this on disk: the file, and the one before it. */
const MAX_BYTES = 10 * 1024 * 1024;

/** A file of log lines that never grows beyond a bound: when it is full it becomes `<path>.1`, and a new one begins. */
export class LogFile {
  readonly #path: string;
  readonly #maxBytes: number;
  #file: number;
  #bytes: number;

  /** Goes on with the file at `path`, or makes it. */
  constructor(path: string, maxBytes = MAX_BYTES) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#file = openSync(path, 'a', 0o600);
    this.#bytes = fstatSync(this.#file).size;
  }

  write(line: string): void {
    if (this.#bytes > 0 && this.#bytes + line.length > this.#maxBytes) this.#rotate();
    this.#bytes += writeSync(this.#file, `${line}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }

  #rotate(): void {
    closeSync(this.#file);
    renameSync(this.#path, `${this.#path}.1`);
    this.#file = openSync(this.#path, 'a', 0o600);
    this.#bytes = 0;
  }
}
