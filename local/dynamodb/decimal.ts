import { invalid } from './error.ts';

/** DynamoDB's numbers: up to 38 significant digits, as `coefficient * 10 ** exponent`. */
interface Decimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

const MAX_DIGITS = 38;
const MAX_MAGNITUDE = 126;
const MIN_MAGNITUDE = -129;

/** The one way in which a number is stored and shown: plain digits, nothing superfluous. */
export function canonicalNumber(text: string): string {
  return format(parse(text));
}

/** Less than, equal to or greater than 0, as `a` is to `b`. */
export function compareNumbers(a: string, b: string): number {
  const [left, right] = aligned(parse(a), parse(b));
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `a + sign * b`. */
export function addNumbers(a: string, b: string, sign: 1n | -1n): string {
  const [left, right, exponent] = aligned(parse(a), parse(b));
  return format(reduced(left + sign * right, exponent));
}

function parse(text: string): Decimal {
  const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?\s*$/.exec(text);
  const [, sign = '', whole = '', fraction = '', power = '0'] = match ?? [];
  if (!match || whole + fraction === '')
    throw invalid(`The parameter cannot be converted to a numeric value: ${text.slice(0, 64)}`);
  return reduced(BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`), Number(power) - fraction.length);
}

/** Without trailing zeros, within DynamoDB's range. */
function reduced(coefficient: bigint, exponent: number): Decimal {
  if (coefficient === 0n) return { coefficient, exponent: 0 };
  const digits = String(coefficient).replace('-', '');
  const significant = digits.replace(/0+$/, '');
  const magnitude = digits.length + exponent;
  if (significant.length > MAX_DIGITS) throw invalid('Attempting to store more than 38 significant digits in a Number');
  if (magnitude > MAX_MAGNITUDE)
    throw invalid('Number overflow. Attempting to store a number with magnitude larger than supported range');
  if (magnitude < MIN_MAGNITUDE)
    throw invalid('Number underflow. Attempting to store a number with magnitude smaller than supported range');
  const zeros = digits.length - significant.length;
  return { coefficient: coefficient / 10n ** BigInt(zeros), exponent: exponent + zeros };
}

function format({ coefficient, exponent }: Decimal): string {
  const sign = coefficient < 0n ? '-' : '';
  const digits = String(coefficient).replace('-', '');
  if (exponent >= 0) return sign + digits + '0'.repeat(exponent);
  const padded = digits.padStart(1 - exponent, '0');
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

function aligned(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  const scaled = (x: Decimal): bigint => x.coefficient * 10n ** BigInt(x.exponent - exponent);
  return [scaled(a), scaled(b), exponent];
}
