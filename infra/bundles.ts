import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The functions as the functions' own folder bundles them. Synthesis copies them; after it they are not needed any more. */
export class Bundles implements Disposable {
  readonly #folder: string;

  /** @param folder as `functions/bundle/write.ts` fills it */
  constructor(folder: string) {
    this.#folder = folder;
  }

  static write(): Bundles {
    const bundles = new Bundles(mkdtempSync(join(tmpdir(), 'muon-functions-')));
    const script = join(import.meta.dirname, '../functions/bundle/write.ts');
    try {
      execFileSync(process.execPath, [script, bundles.#folder]);
    } catch (error) {
      bundles[Symbol.dispose]();
      throw error;
    }
    return bundles;
  }

  pathOf(name: 'api' | 'internal' | 'stream' | 'sweeper' | 'rotate' | 'fleet'): string {
    return join(this.#folder, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}
