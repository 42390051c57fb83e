import type { JsonSchema } from '@muon/functions/openapi/schemas.ts';
import * as fc from 'fast-check';
import { resolveSchema } from './description.ts';
import type { Known } from './known.ts';

/** Stands for a value that an earlier answer told, and for another where there is none yet. */
export class Pick {
  readonly kind: string;
  readonly index: number;
  readonly otherwise: string;

  constructor(kind: string, index: number, otherwise: string) {
    this.kind = kind;
    this.index = index;
    this.otherwise = otherwise;
  }
}

/** Of one kind, by the pattern of its schema or by a name of its own. */
export function pickOf(kind: string, otherwise: fc.Arbitrary<string> = fc.constant('none')): fc.Arbitrary<Pick> {
  return fc.tuple(fc.nat(1000), otherwise).map(([index, other]) => new Pick(kind, index, other));
}

/** With what is known in place of what stands for it. */
export function resolvePicks(value: unknown, known: Known): unknown {
  if (value instanceof Pick) return known.pick(value.kind, value.index) ?? value.otherwise;
  if (Array.isArray(value)) return value.map((each) => resolvePicks(each, known));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, resolvePicks(each, known)]));
}

/** Of addresses, only those that lead to nobody else. */
export interface ValueOptions {
  readonly urls: readonly string[];
}

/** Values that fit a schema (JSON Schema 2020-12, as far as openapi.yaml uses it). */
export function valueOf(schema: JsonSchema, options: ValueOptions): fc.Arbitrary<unknown> {
  const resolved = resolveSchema(schema);
  const { anyOf, enum: choices, type } = resolved;
  if (anyOf) return fc.oneof(...(anyOf as JsonSchema[]).map((each) => valueOf(each, options)));
  if (choices) return fc.constantFrom(...(choices as unknown[]));
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return integerOf(resolved);
    case 'array':
      return fc.uniqueArray(valueOf(resolved['items'] as JsonSchema, options), {
        minLength: Number(resolved['minItems'] ?? 0),
        maxLength: Math.min(4, Number(resolved['maxItems'] ?? 4)),
        selector: (each) => JSON.stringify(each),
      });
    case 'object':
      return objectOf(resolved, options);
    case 'string':
      return stringOf(resolved, options);
    default:
      throw new TypeError(`openapi.yaml has something new: ${JSON.stringify(resolved)}`);
  }
}

function integerOf({ minimum = -1000, maximum = 1000 }: JsonSchema): fc.Arbitrary<number> {
  return fc.integer({ min: Number(minimum), max: Math.min(Number(maximum), 2 ** 31 - 1) });
}

function objectOf({ properties, required = [], ...rest }: JsonSchema, options: ValueOptions): fc.Arbitrary<unknown> {
  if (!properties) {
    const { maxLength } = rest['propertyNames'] as JsonSchema;
    const key = fc.string({ maxLength: Math.min(12, Number(maxLength)) });
    return fc.dictionary(key, valueOf(rest['additionalProperties'] as JsonSchema, options), { maxKeys: 4 });
  }
  const entries = Object.entries(properties as Record<string, JsonSchema>);
  return membersOf(
    entries.map(([name, each]) => [name, memberOf(name, each, options)]),
    required as string[],
  );
}

/** Now with what has to be there alone, now with some of the rest. */
export function membersOf(members: readonly (readonly [string, fc.Arbitrary<unknown>])[], required: readonly string[]) {
  const all = Object.fromEntries(members);
  const needed = Object.fromEntries(members.filter(([name]) => required.includes(name)));
  return fc.oneof(fc.record(needed), fc.record(all, { requiredKeys: Object.keys(needed) }));
}

/** Of the few whose names say more than their schemas. */
function memberOf(name: string, schema: JsonSchema, options: ValueOptions): fc.Arbitrary<unknown> {
  if (name === 'earlierToken') return pickOf('earlier token');
  // Another region has no nodes.
  if (name === 'region') return fc.constantFrom('local', 'local', 'elsewhere');
  return valueOf(schema, options);
}

function stringOf(schema: JsonSchema, { urls }: ValueOptions): fc.Arbitrary<unknown> {
  const { pattern, minLength = 0, maxLength = 100 } = schema;
  if (typeof pattern !== 'string') {
    return fc.string({ unit: 'grapheme', minLength: Number(minLength), maxLength: Math.min(20, Number(maxLength)) });
  }
  if (pattern.startsWith('^https?:')) return fc.constantFrom(...urls);
  const fitting = fc.stringMatching(new RegExp(pattern, 'u'), { maxLength: 30 });
  const examples = (schema['examples'] ?? []) as string[];
  const some = examples.length > 0 ? fc.oneof(fitting, fc.constantFrom(...examples)) : fitting;
  return fc.oneof({ weight: 5, arbitrary: pickOf(pattern, some) }, { weight: 1, arbitrary: some });
}
