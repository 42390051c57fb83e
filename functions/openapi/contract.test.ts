import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as ajvFormats from 'ajv-formats';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Answered, World } from '../http/world.fixture.ts';
import type { OpenApi, Operation } from './document.ts';
import { examples } from './examples.ts';
import type { JsonSchema } from './schemas.ts';

const document = parse(readFileSync(join(import.meta.dirname, '../../openapi.yaml'), 'utf8')) as OpenApi;

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajvFormats.default.default(ajv);
// What is published lets answers grow; what is sent today must be all that is published.
ajv.addSchema(closed(document) as object, 'api');

/** What deletes comes last, so that the others find something. */
const operations = Object.entries(document.paths)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  .toSorted((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'));

/** Ids and names of what there is, so that requests also find something. */
const known: Record<string, string[]> = {
  room: [],
  egress: [],
  key: [],
  node: ['nd_1', 'nd_2'],
  webhook: [],
  ingress: [],
  trunk: [],
  rule: [],
  call: [],
  delivery: [],
};
/** What nodes answer: whoever is asked for is there. */
function answerOfNode(asked: string): unknown {
  const { getParticipant, sendMessage } = examples;
  if (asked === 'participants') return { data: [getParticipant.response] };
  if (asked === 'sendMessage') return sendMessage.response;
  if (asked === 'describeMovable') return { name: 'Ada', attributes: {}, grants: {} };
  return asked === 'updateParticipant' || asked === 'muteTrack' ? getParticipant.response : {};
}

/** Taken in turn, since each may join only so often. */
const tokens: string[] = [];
let nextToken = 0;

let world: World;
beforeAll(async () => {
  world = await World.open();
  world.answerOfNode = ({ path }) => answerOfNode(path.split('/').at(-1)!);
  await world.registerNode('nd_1', { capacity: 100_000 });
  await world.registerNode('nd_2', { capacity: 100_000 });
  await world.registerGateway('gw_1', { capacity: 100_000 });
  await world.registerGateway('gw_sip', { service: { kind: 'sip', address: '127.0.0.1' }, capacity: 100_000 });
  for (const name of ['one', 'two']) {
    const { body } = await world.post<{ id: string }>('/v1/keys', { name, scopes: ['rooms:read'] });
    known['key']!.push(body.id);
  }
  for (const events of [['*'], ['room.created']]) {
    const { body } = await world.post<{ id: string }>('/v1/webhooks', { url: 'https://example.com/events', events });
    known['webhook']!.push(body.id);
    known['delivery']!.push((await world.post<{ id: string }>(`/v1/webhooks/${body.id}/test`)).body.id);
  }
  for (const number of ['+4930111', '+4930222']) {
    const body = { name: 'Carrier', address: 'sip.example.com', numbers: [number] };
    known['trunk']!.push((await world.post<{ id: string }>('/v1/sip/trunks', body)).body.id);
  }
  for (let index = 0; index < 6; index += 1) {
    const { room, token } = await world.roomWithToken({ metadata: { course: 'algebra' } });
    known['room']!.push(room.id, room.name);
    tokens.push(token);
    const body = { room: room.id, outputs: [{ type: 'hls' }, { type: 'rtmp-pull' }] };
    const published = await world.post<{ id: string }>('/v1/ingresses', { room: room.id, identity: 'hall' });
    known['ingress']!.push(published.body.id);
    const rule = await world.post<{ id: string }>('/v1/sip/dispatch-rules', { room: room.id, pin: `271${index}` });
    known['rule']!.push(rule.body.id);
    const dialled = { room: room.id, trunk: known['trunk']![0], to: '+4930333' };
    known['call']!.push((await world.post<{ id: string }>('/v1/sip/calls', dialled)).body.id);
    known['egress']!.push((await world.post<{ id: string }>('/v1/egresses', body)).body.id);
  }
});

describe.each(operations)('whatever is sent to $operation.operationId', ({ path, method, operation }) => {
  test('is answered as openapi.yaml says', { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(requestOf(operation), async ({ params, query, headers, body, credentials }) => {
        const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? '-'));
        const search = new URLSearchParams(query as Record<string, string>).toString();
        const bearer = bearerFor(operation, credentials);
        const answered = await world.call(`${filled}?${search}`, { method, body, bearer, headers });
        checkAnswer({ path, method, operation }, answered);
      }),
      { numRuns: 60 },
    );
    expect(world.errors).toEqual([]);
  });
});

function checkAnswer({ path, method, operation }: (typeof operations)[number], answered: Answered): void {
  const { status, headers, body } = answered;
  const described = operation.responses[status];
  expect(described, `${method} ${path} answered ${status}`).toBeDefined();
  expect(status).not.toBe(500);
  const contentType = headers.get('content-type')?.split(';')[0];
  if (!described?.content) return expect(body).toBeUndefined();
  expect(Object.keys(described.content)).toContain(contentType);
  const pointer = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', contentType!, 'schema'];
  const escaped = pointer.map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1'));
  const validate = ajv.getSchema(`api#/${escaped.map(encodeURIComponent).join('/')}`)!;
  expect(validate(body), JSON.stringify({ body, errors: validate.errors })).toBe(true);
}

/** Mostly what the operation takes, and now and then something else in each place. */
function requestOf({ parameters = [], requestBody }: Operation) {
  const at = (place: string) =>
    fc.record(
      Object.fromEntries(
        parameters.filter((each) => each.in === place).map(({ name, schema }) => [name, textOf(name, schema)]),
      ),
      { requiredKeys: [] },
    );
  const schema = requestBody?.content['application/json']?.schema;
  return fc.record({
    params: at('path'),
    query: at('query'),
    headers: at('header').map(toHeaders),
    body: schema ? fc.oneof({ weight: 8, arbitrary: valueOf(schema) }, fc.jsonValue()) : fc.constant(undefined),
    credentials: fc.oneof({ weight: 9, arbitrary: fc.constant('good') }, fc.constantFrom('none', 'bad')),
  });
}

/** Not by `String`: a JSON object may have a `toString` that is no function. */
function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Without those that HTTP itself cannot carry. */
function toHeaders(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const all = Object.entries(values).map(([name, value = '']) => [name, value] as const);
  return Object.fromEntries(all.filter(([, value]) => /^[\x21-\x7e]+$/.test(value)));
}

function textOf(name: string, schema: JsonSchema): fc.Arbitrary<string> {
  const there = known[name] ? fc.nat().map((index) => known[name]![index % known[name]!.length]!) : fc.constant('1');
  return fc.oneof(there, there, valueOf(schema).map(toText), fc.string({ unit: 'binary', maxLength: 40 }));
}

function bearerFor({ security }: Operation, credentials: string): string | undefined {
  if (credentials === 'none') return undefined;
  if (credentials === 'bad') return 'mk_bad_xxxxxxxxxxxxxxxxxxxxxxxx';
  return 'joinToken' in security[0]! ? tokens[nextToken++ % tokens.length]! : `mk_test_${'x'.repeat(32)}`;
}

/** Values that fit a schema; now and then one that does not. */
function valueOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 19, arbitrary: fittingValueOf(schema) }, fc.jsonValue());
}

function fittingValueOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { $ref: reference, anyOf, enum: choices, type } = schema;
  if (typeof reference === 'string') return fittingValueOf(document.components.schemas[reference.split('/').at(-1)!]!);
  if (anyOf) return fc.oneof(...(anyOf as JsonSchema[]).map(fittingValueOf));
  if (choices) return fc.constantFrom(...(choices as unknown[]));
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer')
    return fc.integer({ min: Number(schema['minimum'] ?? -10), max: Number(schema['maximum'] ?? 10_000) });
  if (type === 'array')
    return fc.array(valueOf(schema['items'] as JsonSchema), { maxLength: Number(schema['maxItems'] ?? 5) });
  if (type === 'object') return objectOf(schema);
  if (typeof schema['pattern'] === 'string') return fc.stringMatching(new RegExp(schema['pattern'], 'u'));
  return fc.string({ unit: 'binary', maxLength: Math.min(64, Number(schema['maxLength'] ?? 64)) });
}

function objectOf({ properties, required = [], additionalProperties }: JsonSchema): fc.Arbitrary<unknown> {
  if (!properties)
    return fc.dictionary(fc.string({ maxLength: 8 }), valueOf((additionalProperties as JsonSchema) ?? {}));
  const entries = Object.entries(properties as Record<string, JsonSchema>);
  const members = Object.fromEntries(entries.map(([name, each]) => [name, memberOf(name, each)]));
  return fc.record(members, { requiredKeys: required as string[] });
}

function memberOf(name: string, schema: JsonSchema): fc.Arbitrary<unknown> {
  return known[name] ? fc.oneof(textOf(name, schema), valueOf(schema)) : valueOf(schema);
}

/** The document, with every object that names its properties having no others. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const all = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, closed(value)]));
  return all['type'] === 'object' && all['properties'] ? { additionalProperties: false, ...all } : all;
}
