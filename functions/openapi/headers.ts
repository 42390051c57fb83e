import { REPLAYED_HEADER } from '@muon/contract/idempotency.ts';
import { passingProblems, type ProblemCode } from '@muon/contract/problem.ts';
import { isRepeatable, type Route } from '@muon/contract/routes.ts';
import * as z from 'zod';
import type { JsonSchema } from './schemas.ts';

/** A header of an answer, as OpenAPI describes it. */
export interface Header {
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
  readonly example?: unknown;
}

export interface HeaderReference {
  readonly $ref: string;
}

export type Headers = Readonly<Record<string, Header | HeaderReference>>;

const seconds = { type: 'integer', minimum: 0 };

/** Described once; answers refer to them. */
export const headerComponents = {
  ETag: {
    required: true,
    description: 'The `revision` in quotes, for `If-Match`.',
    schema: { type: 'string', pattern: '^"\\d{1,15}"$' },
    example: '"1"',
  },
  IdempotencyReplayed: {
    required: false,
    description: 'The answer is that of an earlier request with the same `Idempotency-Key`.',
    schema: { type: 'string', enum: ['true'] },
    example: 'true',
  },
  RetryAfter: {
    required: true,
    description: 'After so many seconds, it is worth trying again.',
    schema: seconds,
    example: 1,
  },
  RetryAfterWhenKnown: {
    required: false,
    description: 'After so many seconds, it is worth trying again; absent where nobody knows.',
    schema: seconds,
    example: 1,
  },
  WwwAuthenticate: {
    required: true,
    description: 'How to authenticate.',
    schema: { type: 'string', enum: ['Bearer'] },
    example: 'Bearer',
  },
} as const satisfies Record<string, Header>;

/** Of an answer that is no refusal; undefined when it has none. */
export function headersOfSuccess(route: Pick<Route, 'method' | 'auth' | 'response'>): Headers | undefined {
  const { response } = route;
  return some({
    ...(response instanceof z.ZodObject && 'revision' in response.shape ? { ETag: to('ETag') } : {}),
    ...(isRepeatable(route) ? { [REPLAYED_HEADER]: to('IdempotencyReplayed') } : {}),
  });
}

/** Of refusals that have their status in common; undefined when they have none. */
export function headersOfRefusal(status: number, codes: readonly ProblemCode[]): Headers | undefined {
  const passing = codes.filter((code) => passingProblems.has(code)).length;
  return some({
    ...(status === 401 ? { 'WWW-Authenticate': to('WwwAuthenticate') } : {}),
    ...(passing > 0 ? { 'Retry-After': to(passing === codes.length ? 'RetryAfter' : 'RetryAfterWhenKnown') } : {}),
  });
}

function to(name: keyof typeof headerComponents): HeaderReference {
  return { $ref: `#/components/headers/${name}` };
}

function some(headers: Headers): Headers | undefined {
  return Object.keys(headers).length > 0 ? headers : undefined;
}
