import { compare, contentOf, equal, sizeOf, typeOf, type Item, type Value } from '../value.ts';
import type { Comparator, Condition, Operand } from './ast.ts';
import { valueAt } from './path.ts';

/** Whether `item` (empty when there is none) fulfils `condition`. */
export function fulfils(item: Item, condition: Condition): boolean {
  switch (condition.type) {
    case 'and':
      return fulfils(item, condition.left) && fulfils(item, condition.right);
    case 'or':
      return fulfils(item, condition.left) || fulfils(item, condition.right);
    case 'not':
      return !fulfils(item, condition.condition);
    case 'compare':
      return holds(condition.comparator, resolve(item, condition.left), resolve(item, condition.right));
    case 'between': {
      const value = resolve(item, condition.operand);
      return holds('>=', value, resolve(item, condition.low)) && holds('<=', value, resolve(item, condition.high));
    }
    case 'in': {
      const value = resolve(item, condition.operand);
      return condition.candidates.some((candidate) => holds('=', value, resolve(item, candidate)));
    }
    case 'exists':
      return (valueAt(item, condition.path) !== undefined) === condition.wanted;
    case 'hasType': {
      const value = valueAt(item, condition.path);
      return value !== undefined && typeOf(value) === condition.valueType;
    }
    case 'beginsWith':
      return beginsWith(resolve(item, condition.operand), resolve(item, condition.argument));
    default:
      return contains(resolve(item, condition.operand), resolve(item, condition.argument));
  }
}

function resolve(item: Item, operand: Operand): Value | undefined {
  if (operand.type === 'value') return operand.value;
  const value = valueAt(item, operand.path);
  if (operand.type === 'path' || value === undefined) return value;
  const length = lengthOf(value);
  return length === undefined ? undefined : { N: String(length) };
}

function lengthOf(value: Value): number | undefined {
  if ('S' in value) return value.S.length;
  if ('B' in value) return sizeOf(value);
  if ('M' in value) return Object.keys(value.M).length;
  const content = contentOf(value);
  return Array.isArray(content) ? content.length : undefined;
}

/** A comparison with something that is absent holds only as "unlike it". */
function holds(comparator: Comparator, left: Value | undefined, right: Value | undefined): boolean {
  if (!left || !right) return comparator === '<>' && Boolean(left ?? right);
  if (comparator === '=') return equal(left, right);
  if (comparator === '<>') return !equal(left, right);
  const order = compare(left, right);
  if (order === undefined) return false;
  if (comparator === '<') return order < 0;
  if (comparator === '<=') return order <= 0;
  return comparator === '>' ? order > 0 : order >= 0;
}

function beginsWith(value: Value | undefined, prefix: Value | undefined): boolean {
  if (!value || !prefix) return false;
  if ('S' in value && 'S' in prefix) return value.S.startsWith(prefix.S);
  if (!('B' in value && 'B' in prefix)) return false;
  const start = Buffer.from(prefix.B, 'base64');
  return Buffer.from(value.B, 'base64').subarray(0, start.length).equals(start);
}

function contains(value: Value | undefined, member: Value | undefined): boolean {
  if (!value || !member) return false;
  if ('S' in value) return 'S' in member && value.S.includes(member.S);
  if ('L' in value) return value.L.some((each) => equal(each, member));
  const content = contentOf(value);
  return Array.isArray(content) && typeOf(value) === `${typeOf(member)}S` && content.includes(contentOf(member));
}
