import { canonicalNumber, compareNumbers } from './decimal.ts';
import { invalid } from './error.ts';

/** A value as DynamoDB's JSON writes it: one key, the type; `B` as base64. */
export type Value =
  | { S: string }
  | { N: string }
  | { B: string }
  | { BOOL: boolean }
  | { NULL: true }
  | { M: Item }
  | { L: Value[] }
  | { SS: string[] }
  | { NS: string[] }
  | { BS: string[] };

export type Item = { [name: string]: Value };

export type ValueType = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'M' | 'L' | 'SS' | 'NS' | 'BS';

const MAX_DEPTH = 32;

/** The largest item, names included. */
const MAX_ITEM_BYTES = 400 * 1024;

/** What is in a value, whatever its type. */
export function contentOf(value: Value): unknown {
  return Object.values(value)[0];
}

export function typeOf(value: Value): ValueType {
  return Object.keys(value)[0] as ValueType;
}

/** An item of a request: every value well-formed, numbers canonical. */
export function checkItem(given: unknown): Item {
  const item = checkMap(given, 0);
  if (sizeOf({ M: item }) > MAX_ITEM_BYTES) throw invalid('Item size has exceeded the maximum allowed size');
  return item;
}

/** A value of a request: well-formed, numbers canonical. */
export function checkValue(given: unknown, depth = 0): Value {
  if (depth > MAX_DEPTH) throw invalid('Nesting Levels have exceeded supported limits');
  const entries = isRecord(given) ? Object.entries(given) : [];
  const [type, content] = entries[0] ?? [];
  if (entries.length !== 1)
    throw invalid('Supplied AttributeValue has more than one datatypes set, must contain exactly one');
  switch (type as ValueType) {
    case 'S':
    case 'B':
      if (typeof content === 'string') return given as Value;
      break;
    case 'N':
      if (typeof content === 'string') return { N: canonicalNumber(content) };
      break;
    case 'BOOL':
      if (typeof content === 'boolean') return { BOOL: content };
      break;
    case 'NULL':
      if (content === true) return { NULL: true };
      break;
    case 'M':
      return { M: checkMap(content, depth + 1) };
    case 'L':
      if (Array.isArray(content)) return { L: content.map((value) => checkValue(value, depth + 1)) };
      break;
    case 'SS':
    case 'NS':
    case 'BS':
      return checkSet(type as 'SS' | 'NS' | 'BS', content);
  }
  throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
}

/** Equal by value; the order within a set does not count. */
export function equal(a: Value, b: Value): boolean {
  if (typeOf(a) !== typeOf(b)) return false;
  if ('M' in a && 'M' in b) {
    const names = Object.keys(a.M);
    return (
      names.length === Object.keys(b.M).length && names.every((name) => name in b.M && equal(a.M[name]!, b.M[name]!))
    );
  }
  if ('L' in a && 'L' in b) return a.L.length === b.L.length && a.L.every((value, index) => equal(value, b.L[index]!));
  const [left, right] = [contentOf(a), contentOf(b)];
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((member) => right.includes(member));
  return left === right;
}

/** The order of two values of one ordered type (S, N, B); undefined when they have none. */
export function compare(a: Value, b: Value): number | undefined {
  if ('N' in a && 'N' in b) return compareNumbers(a.N, b.N);
  if ('S' in a && 'S' in b) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S));
  if ('B' in a && 'B' in b) return Buffer.compare(Buffer.from(a.B, 'base64'), Buffer.from(b.B, 'base64'));
  return undefined;
}

/** How many bytes a value counts for. */
export function sizeOf(value: Value): number {
  if ('S' in value) return Buffer.byteLength(value.S);
  if ('N' in value) return Math.ceil(value.N.length / 2) + 1;
  if ('B' in value) return Buffer.byteLength(value.B, 'base64');
  if ('L' in value) return 3 + value.L.reduce((sum, member) => sum + 1 + sizeOf(member), 0);
  if ('M' in value)
    return Object.entries(value.M).reduce((sum, [name, member]) => sum + Buffer.byteLength(name) + sizeOf(member), 3);
  const content = contentOf(value);
  return Array.isArray(content) ? content.reduce((sum: number, member) => sum + String(member).length, 3) : 1;
}

export function isRecord(given: unknown): given is Record<string, unknown> {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

function checkMap(given: unknown, depth: number): Item {
  if (!isRecord(given)) throw invalid('Supplied AttributeValue is not a map');
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, checkValue(value, depth)]));
}

function checkSet(type: 'SS' | 'NS' | 'BS', content: unknown): Value {
  if (!Array.isArray(content) || content.length === 0)
    throw invalid('One or more parameter values were invalid: An set may not be empty');
  const members = content.map((member) => (type === 'NS' ? canonicalNumber(String(member)) : String(member)));
  if (new Set(members).size !== members.length)
    throw invalid('One or more parameter values were invalid: Input collection contains duplicates');
  return { [type]: members } as Value;
}
