/** How many things are done at once: one that hangs keeps few others waiting, and AWS is not asked for all at once. */
const WIDTH = 8;

/** Does things each by itself: what fails is told and counted, and stops nothing else. */
export class Attempts {
  readonly #failed: (error: unknown, what: string) => void;
  #failures = 0;

  constructor(failed: (error: unknown, what: string) => void) {
    this.#failed = failed;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Whether it was done. */
  async one(what: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#failures += 1;
      this.#failed(error, what);
      return false;
    }
  }

  /** Gives those with which it failed. */
  async each<Item>(
    items: readonly Item[],
    { what, work }: { what: (item: Item, at: number) => string; work: (item: Item, at: number) => Promise<unknown> },
  ): Promise<readonly Item[]> {
    const remaining = items.entries();
    const failed: Item[] = [];
    const next = async (): Promise<void> => {
      for (const [at, item] of remaining)
        if (!(await this.one(what(item, at), () => work(item, at)))) failed.push(item);
    };
    await Promise.all(Array.from({ length: WIDTH }, next));
    return failed;
  }
}
