import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The functions as the functions' own folder bundles them. */
export class Bundles {
  readonly #folder: string;

  /** @param folder as `functions/bundle/write.ts` fills it */
  constructor(folder: string) {
    this.#folder = folder;
  }

  static write(): Bundles {
    const folder = mkdtempSync(join(tmpdir(), 'muon-functions-'));
    execFileSync(process.execPath, [join(import.meta.dirname, '../functions/bundle/write.ts'), folder]);
    return new Bundles(folder);
  }

  pathOf(name: 'api' | 'internal' | 'stream' | 'sweeper' | 'rotate' | 'fleet'): string {
    return join(this.#folder, name);
  }
}
