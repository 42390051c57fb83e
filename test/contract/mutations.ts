import type { Parameter } from '@muon/functions/openapi/document.ts';
import * as fc from 'fast-check';
import type { Known } from './known.ts';
import type { Wire } from './requests.ts';

/** What strangers send in place of what was asked for. */
export type Mutation =
  | { readonly part: 'body place'; readonly place: number; readonly how: BodyChange }
  | { readonly part: 'body'; readonly value: unknown }
  | { readonly part: 'raw body'; readonly name: keyof typeof rawBodies }
  | { readonly part: 'path'; readonly segment: string }
  | { readonly part: 'other id'; readonly kind: string; readonly index: number }
  | { readonly part: 'query'; readonly query: string }
  | { readonly part: 'header'; readonly name: string; readonly value: string }
  | { readonly part: 'credentials'; readonly authorization: string | undefined }
  | { readonly part: 'other key'; readonly kind: string; readonly index: number }
  | { readonly part: 'method'; readonly method: string };

type BodyChange = { readonly replace: unknown } | { readonly remove: true } | { readonly add: string };

const strangeTexts = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\u202eabc\u2028',
  'a\u0301\u0301\u0301',
  '👩‍👩‍👧‍👦'.repeat(60),
  '__proto__',
  'constructor',
  'toString',
  'rm_',
  '../../etc/passwd',
  "' OR 1=1 --",
  '#{pk} :hash',
  'x'.repeat(2000),
];

const strangeValues = [null, true, -1, 0, 0.5, 1e308, -0, 2 ** 53, [], {}, [[]], { id: {} }];

const strangeText = fc.oneof(fc.constantFrom(...strangeTexts), fc.string({ unit: 'binary', maxLength: 80 }));

const strangeValue = fc.oneof(fc.constantFrom<unknown>(...strangeValues), strangeText, fc.jsonValue());

/** As latin1, so that they may be any bytes. */
const rawBodies = {
  nothing: '',
  space: ' ',
  'no end': '{',
  'a comma too many': '{"a":1,}',
  null: 'null',
  text: '"text"',
  list: '[]',
  'UTF-16 mark': '\xff\xfe{}',
  'UTF-8 mark': '\xef\xbb\xbf{}',
  'no UTF-8': '{"name":"\xc3\x28"}',
  prototype: '{"__proto__":{"name":"x"}}',
  'a name twice': '{"name":"one","name":"two"}',
  infinity: '{"ttlSeconds":1e999}',
  'deep lists': '['.repeat(100_000),
  'deep objects': '{"a":'.repeat(20_000),
  'deep objects that end': `${'{"metadata":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
  'too large': `{"name":"${'x'.repeat(1_100_000)}"}`,
};

/** Encoded already, as far as they are. */
const segments = ['%00', '%2F', '..', '%2e%2e', '%E0%A4%A', '%', '', '%20', '~', '-', 'x'.repeat(2000), '%F0%9F%98%80'];

const queries = [
  '%',
  '&&==',
  '%ff=%fe',
  'limit=',
  'limit=1&limit=2',
  'limit[]=1',
  'limit=1e1',
  'limit=0',
  '__proto__=1',
];

const headers: readonly (readonly [string, string])[] = [
  ['content-type', 'text/plain'],
  ['content-type', 'application/json; charset=utf-16'],
  ['content-type', 'multipart/form-data'],
  ['content-encoding', 'gzip'],
  ['accept', 'text/html'],
  ['idempotency-key', ''],
  ['idempotency-key', '\xe9'],
  ['idempotency-key', 'x'.repeat(300)],
  ['idempotency-key', 'always the same'],
  ['idempotency-key', 'always-the-same'],
  ['if-match', '"x"'],
  ['if-match', 'W/"1"'],
  ['if-match', '"1", "2"'],
  ['if-match', '"999999999999999"'],
  ['if-none-match', '*'],
  ['x-http-method-override', 'DELETE'],
  ['x-forwarded-for', '127.0.0.1'],
  ['cookie', 'a=b'],
  ['range', 'bytes=0-1'],
  ['x-long', 'y'.repeat(4000)],
];

const credentials = [
  undefined,
  '',
  'Bearer',
  'Bearer  ',
  'Basic bXVvbjptdW9u',
  'Bearer mk_bad_xxxxxxxxxxxxxxxxxxxxxxxx',
  'Bearer mk___proto___xxxxxxxxxxxxxxxxxxxxxxxx',
  'Bearer sk_xx_xxxxxxxxxxxxxxxxxxxxxxxx',
  'Bearer a.b.c',
  'Bearer eyJhbGciOiJub25lIn0.e30.',
  `Bearer ${'x'.repeat(4000)}`,
];

const otherIds = ['^rm_', '^ak_', '^eg_', '^wh_', '^tr_', '^ca_'].map((prefix) => `${prefix}[a-z0-9-]{1,64}$`);

/** One way to send something else; most often in what the operation reads. */
export function mutationOf(parameters: readonly Parameter[]): fc.Arbitrary<Mutation> {
  const names = parameters.filter((each) => each.in === 'query').map(({ name }) => name);
  const index = fc.nat(1000);
  const how = fc.oneof<fc.Arbitrary<BodyChange>[]>(
    fc.record({ replace: strangeValue }),
    fc.constant({ remove: true } as const),
    fc.record({ add: strangeText }),
  );
  return fc.oneof<fc.WeightedArbitrary<Mutation>[]>(
    { weight: 6, arbitrary: fc.record({ part: fc.constant('body place'), place: index, how }) },
    { weight: 1, arbitrary: fc.record({ part: fc.constant('body'), value: strangeValue }) },
    {
      weight: 1,
      arbitrary: fc.record({
        part: fc.constant('raw body'),
        name: fc.constantFrom(...(Object.keys(rawBodies) as (keyof typeof rawBodies)[])),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        part: fc.constant('path'),
        segment: fc.oneof(fc.constantFrom(...segments), strangeText.map(encode)),
      }),
    },
    { weight: 1, arbitrary: fc.record({ part: fc.constant('other id'), kind: fc.constantFrom(...otherIds), index }) },
    {
      weight: 2,
      arbitrary: fc.record({
        part: fc.constant('query'),
        query: fc.oneof(
          fc.constantFrom(...queries),
          fc
            .tuple(fc.constantFrom(...names, 'limit', 'x'), strangeText)
            .map(([name, text]) => `${name}=${encode(text)}`),
        ),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(...headers).map(([name, value]) => ({ part: 'header' as const, name, value })),
    },
    {
      weight: 2,
      arbitrary: fc.record({ part: fc.constant('credentials'), authorization: fc.constantFrom(...credentials) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        part: fc.constant('other key'),
        kind: fc.constantFrom('API key', 'join token'),
        index,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        part: fc.constant('method'),
        method: fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE', 'PUT'),
      }),
    },
  );
}

/** The request with something else in one place. */
export function applyMutation(wire: Wire, mutation: Mutation, known: Known): Wire {
  switch (mutation.part) {
    case 'body place':
      return { ...wire, body: changePlace(wire.body, mutation.place, mutation.how) };
    case 'body':
      return { ...wire, body: mutation.value };
    case 'raw body':
      return { ...wire, rawBody: Buffer.from(rawBodies[mutation.name], 'latin1') };
    case 'path':
      return { ...wire, segments: withSegment(wire.segments, mutation.segment) };
    case 'other id':
      return { ...wire, segments: withSegment(wire.segments, known.pick(mutation.kind, mutation.index) ?? 'none') };
    case 'query':
      return { ...wire, query: [wire.query, mutation.query].filter(Boolean).join('&') };
    case 'header':
      return { ...wire, headers: { ...wire.headers, [mutation.name]: mutation.value } };
    case 'credentials':
      return withAuthorization(wire, mutation.authorization);
    case 'other key':
      return withAuthorization(wire, `Bearer ${known.pick(mutation.kind, mutation.index) ?? 'none'}`);
    default:
      return { ...wire, method: mutation.method };
  }
}

/** The last segment that is an id or a name; below `/v1/rooms`, everything after is. */
function withSegment(before: readonly string[], segment: string): readonly string[] {
  const place = before.findLastIndex((each) => /[_%0-9]/.test(each) && each !== 'v1');
  return before.with(place === -1 ? before.length - 1 : place, segment);
}

function withAuthorization({ headers: before, ...rest }: Wire, authorization: string | undefined): Wire {
  const { authorization: _, ...others } = before;
  return { ...rest, headers: authorization === undefined ? others : { ...others, authorization } };
}

/** A copy of JSON with another value in one of its places, counted from the outermost. */
function changePlace(body: unknown, place: number, how: BodyChange): unknown {
  const copy = { root: structuredClone(body) };
  const places: [Record<string, unknown>, string][] = [];
  const visit = (holder: Record<string, unknown>, name: string): void => {
    places.push([holder, name]);
    const value = holder[name];
    if (typeof value === 'object' && value !== null)
      for (const each of Object.keys(value)) visit(value as Record<string, unknown>, each);
  };
  visit(copy, 'root');
  const [holder, name] = places[place % places.length]!;
  if ('replace' in how) holder[name] = how.replace;
  else if ('remove' in how) delete holder[name];
  else if (typeof holder[name] === 'object' && holder[name] !== null) Object.assign(holder[name], { [how.add]: 1 });
  return copy.root;
}

/** As in a URL; what is no Unicode cannot be there. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).slice(0, 2000);
}
