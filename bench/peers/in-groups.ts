/** As many at a time as servers take from one address. */
const GROUP = 8;

/** Does a step for each, a few at a time; the results are in order. */
export async function inGroups<Item, Result>(
  items: readonly Item[],
  step: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  while (results.length < items.length) {
    results.push(...(await Promise.all(items.slice(results.length, results.length + GROUP).map(step))));
  }
  return results;
}
