import { IDEMPOTENCY_HEADER, idempotencyKey } from '@muon/contract/idempotency.ts';
import { IF_MATCH_HEADER, ifMatch } from '@muon/contract/revision.ts';
import type { Route } from '@muon/contract/routes.ts';
import type * as z from 'zod';
import { Refusal } from '../domain/refusal.ts';

/** The largest body that any operation takes. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** A request, taken apart but not yet understood. */
export interface RawInput {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * What a request carries, by the schemas of its route.
 *
 * @throws Refusal `invalid-request` naming every place that does not fit
 */
export function parseInput(route: Route, { params, query, body }: RawInput) {
  const parts = [
    { name: 'path', key: 'params', schema: route.params, value: params },
    { name: 'query', key: 'query', schema: route.query, value: query },
    { name: 'body', key: 'body', schema: route.body, value: route.body && parseJson(body) },
  ] as const;
  const results = parts.map(({ name, key, schema, value }) => ({ name, key, result: schema?.safeParse(value) }));
  const errors = results.flatMap(({ name, result }) =>
    (result?.error?.issues ?? []).map((issue) => toFault(name, issue)),
  );
  if (errors.length > 0) throw new Refusal('invalid-request', undefined, { errors });
  return Object.fromEntries(results.map(({ key, result }) => [key, result?.data]));
}

/** @throws Refusal `invalid-request` */
export function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined || idempotencyKey.safeParse(header).success) return header;
  const errors = [{ path: `header.${IDEMPOTENCY_HEADER}`, message: 'Expected 1 to 255 visible ASCII characters' }];
  throw new Refusal('invalid-request', undefined, { errors });
}

/** @throws Refusal `invalid-request` */
export function readIfMatch(header: string | undefined): number | undefined {
  if (header === undefined || header === '*') return undefined;
  if (ifMatch.safeParse(header).success) return Number(header.slice(1, -1));
  const errors = [{ path: `header.${IF_MATCH_HEADER}`, message: 'Expected one ETag of this resource, or *' }];
  throw new Refusal('invalid-request', undefined, { errors });
}

function toFault(part: string, { path, message }: z.core.$ZodIssue): { path: string; message: string } {
  return { path: [part, ...path.map(String)].join('.'), message };
}

/** No body at all is an empty object: many operations ask for nothing. */
function parseJson(body: string): unknown {
  try {
    return JSON.parse(body === '' ? '{}' : body);
  } catch (cause) {
    throw new Refusal('invalid-request', 'The body is not JSON.', {
      cause,
      errors: [{ path: 'body', message: 'Not JSON' }],
    });
  }
}
