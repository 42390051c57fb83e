import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenApi, Operation } from '@muon/functions/openapi/document.ts';
import type { JsonSchema } from '@muon/functions/openapi/schemas.ts';
import { parse } from 'yaml';

/** The API as its users read it. */
export const description = parse(readFileSync(join(import.meta.dirname, '../../openapi.yaml'), 'utf8')) as OpenApi;

/** An operation, and where it is. */
export interface Described {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

export const operations: readonly Described[] = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

/** The schema itself, where there is a reference to it. */
export function resolveSchema(schema: JsonSchema): JsonSchema {
  const { $ref: reference } = schema;
  return typeof reference === 'string' ? description.components.schemas[reference.split('/').at(-1)!]! : schema;
}

/** The most literal first: `/rules/explain` is not the rule `explain`. */
const byLiterality = operations.toSorted((a, b) => placesIn(a.path) - placesIn(b.path));

/** Which operation a request is for; undefined when the API has none at this path, or not with this method. */
export function operationAt(method: string, pathname: string): Described | undefined {
  return byLiterality.find((each) => each.method === method && patternOf(each.path).test(pathname));
}

export function isPath(pathname: string): boolean {
  return operations.some(({ path }) => patternOf(path).test(pathname));
}

function placesIn(path: string): number {
  return path.split('{').length;
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
