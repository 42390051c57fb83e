import type { Item, Value } from '../value.ts';
import type { Path } from './ast.ts';

/** The value at `path`, if there is one. */
export function valueAt(item: Item, path: Path): Value | undefined {
  let value: Value | undefined = { M: item };
  for (const step of path) value = value && memberOf(value, step);
  return value;
}

/** What is left of an item when only `paths` are shown; list members move together. */
export function project(item: Item, paths: readonly Path[]): Item {
  return projectMap(
    item,
    paths.filter((path) => valueAt(item, path)),
  );
}

function projectMap(item: Item, paths: readonly Path[]): Item {
  const shown: Item = {};
  for (const [name, value] of Object.entries(item)) {
    const below = paths.filter(([first]) => first === name).map((path) => path.slice(1));
    if (below.length > 0) shown[name] = projectValue(value, below);
  }
  return shown;
}

function projectValue(value: Value, paths: readonly Path[]): Value {
  if (paths.some((path) => path.length === 0)) return value;
  if ('M' in value) return { M: projectMap(value.M, paths) };
  if (!('L' in value)) return value;
  const shown = value.L.map((member, index) => {
    const below = paths.filter(([first]) => first === index).map((path) => path.slice(1));
    return below.length > 0 ? projectValue(member, below) : undefined;
  });
  return { L: shown.filter((member) => member !== undefined) };
}

function memberOf(value: Value, step: string | number): Value | undefined {
  if (typeof step === 'number') return 'L' in value ? value.L[step] : undefined;
  return 'M' in value && Object.hasOwn(value.M, step) ? value.M[step] : undefined;
}
