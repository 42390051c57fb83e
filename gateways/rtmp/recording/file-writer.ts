import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DiskFailure, toDiskFailure } from './disk-failure.ts';

/** What may wait for a disk: some 50 s of a program at 2.5 Mbit/s. */
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;

/** The part of a file handle that is written through. */
export type WritableFile = Pick<FileHandle, 'writeFile' | 'datasync' | 'close'>;

/** Writes a new file piece by piece, without keeping anybody waiting; after the first failure it writes nothing more. */
export class FileWriter {
  readonly #onFailed: (failure: DiskFailure) => void;
  #file: WritableFile | undefined;
  #tail: Promise<void>;
  #queuedBytes = 0;
  #failure: DiskFailure | undefined;

  /** @param onFailed is called once at most. */
  constructor(
    path: string,
    onFailed: (failure: DiskFailure) => void,
    openFile: (path: string) => Promise<WritableFile> = createFile,
  ) {
    this.#onFailed = onFailed;
    this.#tail = this.#do(async () => {
      this.#file = await openFile(path);
    });
  }

  /** Writes the bytes after all that came before; they must not be changed any more. */
  write(bytes: Uint8Array): void {
    if (this.#failure) return;
    if (this.#queuedBytes + bytes.length > MAX_QUEUED_BYTES)
      return this.#fail(new DiskFailure('slow', 'The disk of the recordings is too slow.'));
    this.#queuedBytes += bytes.length;
    this.#tail = this.#tail.then(() =>
      this.#do(async () => {
        await this.#file!.writeFile(bytes);
        this.#queuedBytes -= bytes.length;
      }),
    );
  }

  /** Resolves when all is on the disk, or is not going to be. */
  async close(): Promise<void> {
    await this.#tail;
    await this.#do(async () => this.#file!.datasync());
    await this.#file?.close().catch(() => undefined);
    this.#file = undefined;
  }

  async #do(work: () => Promise<void>): Promise<void> {
    if (this.#failure) return;
    try {
      await work();
    } catch (error) {
      this.#fail(toDiskFailure(error));
    }
  }

  #fail(failure: DiskFailure): void {
    if (this.#failure) return;
    this.#failure = failure;
    this.#onFailed(failure);
  }
}

/** What is recorded is for its owner alone. */
async function createFile(path: string): Promise<WritableFile> {
  await mkdir(dirname(path), { recursive: true, mode: 0o750 });
  return open(path, 'wx', 0o640);
}
