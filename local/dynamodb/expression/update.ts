import { addNumbers } from '../decimal.ts';
import { invalid } from '../error.ts';
import { contentOf, typeOf, type Item, type Value } from '../value.ts';
import type { Path, Term, UpdateAction } from './ast.ts';
import { valueAt } from './path.ts';

/** What is wrong with an update whatever the item is. */
export function checkUpdate(actions: readonly UpdateAction[]): void {
  checkOverlap(actions.map(({ path }) => path));
  for (const action of actions) {
    if (action.type === 'delete') membersOf(action.value, 'DELETE');
    if (action.type === 'add' && !('N' in action.value)) membersOf(action.value, 'ADD');
  }
}

/** `item` after an update; every right side sees the item as it was before. */
export function applyUpdate(item: Item, actions: readonly UpdateAction[]): Item {
  const updated = structuredClone(item);
  const results = actions.map((action) => ({ path: action.path, value: resultOf(item, action) }));
  for (const { path, value } of results) if (value) assign(updated, path, value);
  // Members of lists from the last on, since each removal moves those behind it.
  const removed = results.filter(({ value }) => !value).sort((a, b) => lastIndex(b.path) - lastIndex(a.path));
  for (const { path } of removed) remove(updated, path);
  return updated;
}

/** The value that an action leaves at its path; undefined: none. */
function resultOf(item: Item, action: UpdateAction): Value | undefined {
  const present = valueAt(item, action.path);
  switch (action.type) {
    case 'set':
      return evaluate(item, action.term);
    case 'remove':
      return undefined;
    case 'add':
      return added(present, action.value);
    default:
      return present && without(present, action.value);
  }
}

function evaluate(item: Item, term: Term): Value {
  switch (term.type) {
    case 'value':
      return term.value;
    case 'path':
      return required(valueAt(item, term.path));
    case 'ifNotExists':
      return valueAt(item, term.path) ?? evaluate(item, term.otherwise);
    case 'listAppend': {
      const [left, right] = [evaluate(item, term.left), evaluate(item, term.right)];
      if ('L' in left && 'L' in right) return { L: [...left.L, ...right.L] };
      throw wrongType('list_append');
    }
    default: {
      const [left, right] = [evaluate(item, term.left), evaluate(item, term.right)];
      if ('N' in left && 'N' in right) return { N: addNumbers(left.N, right.N, term.sign) };
      throw wrongType(term.sign > 0n ? '+' : '-');
    }
  }
}

function added(present: Value | undefined, value: Value): Value {
  if ('N' in value) {
    if (present && !('N' in present)) throw wrongType('ADD');
    return { N: addNumbers(present?.N ?? '0', value.N, 1n) };
  }
  const members = membersOf(value, 'ADD');
  if (!present) return value;
  if (typeOf(present) !== typeOf(value)) throw wrongType('ADD');
  return { [typeOf(value)]: [...new Set([...membersOf(present, 'ADD'), ...members])] } as Value;
}

function without(present: Value, value: Value): Value | undefined {
  const members = membersOf(value, 'DELETE');
  if (typeOf(present) !== typeOf(value)) throw wrongType('DELETE');
  const rest = membersOf(present, 'DELETE').filter((member) => !members.includes(member));
  return rest.length > 0 ? ({ [typeOf(value)]: rest } as Value) : undefined;
}

function membersOf(value: Value, operator: string): readonly string[] {
  if ('SS' in value || 'NS' in value || 'BS' in value) return contentOf(value) as string[];
  throw wrongType(operator);
}

function assign(item: Item, path: Path, value: Value): void {
  const last = path.at(-1)!;
  const parent = valueAt(item, path.slice(0, -1));
  if (typeof last === 'string' && parent && 'M' in parent) parent.M[last] = value;
  else if (typeof last === 'number' && parent && 'L' in parent) parent.L[Math.min(last, parent.L.length)] = value;
  else throw invalidPath();
}

function remove(item: Item, path: Path): void {
  const last = path.at(-1)!;
  const parent = valueAt(item, path.slice(0, -1));
  if (!parent) {
    if (path.length > 1) throw invalidPath();
  } else if (typeof last === 'string' && 'M' in parent) delete parent.M[last];
  else if (typeof last === 'number' && 'L' in parent) parent.L.splice(last, 1);
  else throw invalidPath();
}

function checkOverlap(paths: readonly Path[]): void {
  for (const [index, a] of paths.entries())
    for (const b of paths.slice(index + 1))
      if (a.every((step, at) => at >= b.length || step === b[at]))
        throw invalid('Invalid UpdateExpression: Two document paths overlap with each other');
}

function lastIndex(path: Path): number {
  const last = path.at(-1);
  return typeof last === 'number' ? last : -1;
}

function required(value: Value | undefined): Value {
  if (value) return value;
  throw invalid('The provided expression refers to an attribute that does not exist in the item');
}

function wrongType(operator: string): Error {
  return invalid(
    `Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: ${operator}`,
  );
}

function invalidPath(): Error {
  return invalid('The document path provided in the update expression is invalid for update');
}
