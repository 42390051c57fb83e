import { IDEMPOTENCY_HEADER } from '@muon/contract/idempotency.ts';
import type { Parameter } from '@muon/functions/openapi/document.ts';
import type { JsonSchema } from '@muon/functions/openapi/schemas.ts';
import * as fc from 'fast-check';
import { operations, type Described } from './description.ts';
import type { Known } from './known.ts';
import { applyMutation, type Mutation, mutationOf } from './mutations.ts';
import { membersOf, pickOf, resolvePicks, type ValueOptions, valueOf } from './values.ts';

/** A request before it is known what there is. */
export interface Draft {
  readonly operationId: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  /** A join token, where one is asked for. */
  readonly token: unknown;
  readonly mutations: readonly Mutation[];
  /** How often it is sent, at once. */
  readonly times: number;
}

/** A request as it is sent. */
export interface Wire {
  readonly method: string;
  /** Encoded. */
  readonly segments: readonly string[];
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** In place of `body`: bytes that may be no JSON. */
  readonly rawBody?: Buffer;
}

/** Creating comes more often than deleting, so that there is something to find; each webhook hears of every event. */
function weightOf({ method, operation }: Described): number {
  if (operation.operationId === 'createWebhook') return 1;
  if (operation.operationId.startsWith('create')) return 6;
  return method === 'DELETE' ? 1 : 3;
}

/** Requests to all of the API's operations: half of them are what an operation takes, the others nearly so. */
export function draftOfAny(options: ValueOptions): fc.Arbitrary<Draft> {
  return fc.oneof(...operations.map((each) => ({ weight: weightOf(each), arbitrary: draftOf(each, options) })));
}

function draftOf({ operation }: Described, options: ValueOptions): fc.Arbitrary<Draft> {
  const { operationId, parameters = [], requestBody } = operation;
  const schema = requestBody?.content['application/json']?.schema;
  const some = fc.array(mutationOf(parameters), { minLength: 1, maxLength: 2 });
  const allOf = (place: Parameter['in']) =>
    membersOf(
      parameters
        .filter((each) => each.in === place)
        .map(({ name, schema: each }) => [name, parameterOf(operationId, name, each, options)]),
      parameters.filter(({ required }) => required).map(({ name }) => name),
    );
  return fc.record({
    operationId: fc.constant(operationId),
    params: allOf('path'),
    query: allOf('query'),
    headers: allOf('header'),
    body: schema ? valueOf(schema, options) : fc.constant(undefined),
    token: operationId === 'whip' ? fc.oneof(pickOf('join token'), pickOf('stream key')) : pickOf('join token'),
    mutations: fc.oneof(fc.constant([]), some),
    times: fc.oneof({ weight: 15, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(2) }),
  });
}

/** Of the few whose names say more than their schemas. */
function parameterOf(operationId: string, name: string, schema: JsonSchema, options: ValueOptions) {
  if (name === 'cursor') return pickOf(`cursor of ${operationId}`);
  if (name === 'identity') return pickOf('participant');
  // New for each thing to be done.
  if (name === IDEMPOTENCY_HEADER) return fc.uuid();
  return valueOf(schema, options);
}

/** Which operation a draft is for. */
export function describedBy({ operationId }: Draft): Described {
  return operations.find(({ operation }) => operation.operationId === operationId)!;
}

/**
 * The request that a draft is, now that it is known what there is.
 *
 * @param apiKey for whatever is not to be done as somebody else
 */
export function toWire(draft: Draft, known: Known, apiKey: string): { readonly wire: Wire; readonly params: Params } {
  const { path, method, operation } = describedBy(draft);
  const params = resolveParams(draft, known);
  const query = resolvePicks(draft.query, known) as Record<string, string>;
  const bearer = 'joinToken' in operation.security[0]! ? String(resolvePicks(draft.token, known)) : apiKey;
  const wire: Wire = {
    method,
    segments: path
      .split('/')
      .slice(1)
      .map((each) => (each.startsWith('{') ? encodeURIComponent(params[each.slice(1, -1)]!.toWellFormed()) : each)),
    query: new URLSearchParams(query).toString(),
    headers: { ...(resolvePicks(draft.headers, known) as Record<string, string>), authorization: `Bearer ${bearer}` },
    body: resolvePicks(draft.body, known),
  };
  return { wire: draft.mutations.reduce((before, mutation) => applyMutation(before, mutation, known), wire), params };
}

type Params = Readonly<Record<string, string>>;

/** What is below something is asked for below it: a delivery with its webhook. */
function resolveParams({ params }: Draft, known: Known): Params {
  const resolved = resolvePicks(params, known) as Params;
  const above = known.above(Object.values(resolved).at(-1) ?? '');
  const names = Object.keys(resolved).slice(0, -1);
  return { ...resolved, ...Object.fromEntries(names.map((name) => [name, above[name] ?? resolved[name]!])) };
}

/** Its body; undefined when it has none. */
export function bytesOf({ body, rawBody }: Wire): Buffer | undefined {
  return rawBody ?? (body === undefined ? undefined : Buffer.from(JSON.stringify(body)));
}
