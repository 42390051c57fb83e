import { type ProblemCode, problems, problemSchema } from '@muon/contract/problem.ts';
import { IDEMPOTENCY_HEADER, idempotencyKey } from '@muon/contract/idempotency.ts';
import { IF_MATCH_HEADER, ifMatch } from '@muon/contract/revision.ts';
import { isConditional, isRepeatable, publicRoutes, type Route } from '@muon/contract/routes.ts';
import * as z from 'zod';
import { examples } from './examples.ts';
import { headerComponents, type Headers, headersOfRefusal, headersOfSuccess } from './headers.ts';
import { type JsonSchema, SchemaCollector } from './schemas.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

interface Content {
  readonly schema: JsonSchema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly $ref: string }>>;
}

export interface Answer {
  readonly description: string;
  readonly headers?: Headers;
  readonly content?: Readonly<Record<string, Content>>;
}

export interface RequestBody {
  readonly required: boolean;
  readonly content: Readonly<Record<string, Content>>;
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: RequestBody;
  readonly responses: Readonly<Record<string, Answer>>;
}

/**
 * Of the API, by semantic versioning. What breaks those who use the API as it was released last
 * (openapi.released.yaml) moves it: below 1.0 the second number, then the first.
 */
const API_VERSION = '0.1.0';

const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';

const description = `
Rooms over WebRTC, telephones over SIP, broadcasts over HLS and RTMP, on machines of your own.

**Keys.** Your back end sends an API key as bearer token: \`Authorization: Bearer mk_…\`. Keys have scopes.
Participants never see a key: they get a join token, which admits one identity to one room.

**Refusals** are problems as in RFC 9457. Branch on \`code\`, which never changes its meaning; each has a page that says
what to do. Quote \`instance\` when you ask for help.

**Repeating.** A POST with an \`Idempotency-Key\` may be sent again when its answer was lost: nothing is done twice,
and the first answer comes again, with \`Idempotency-Replayed: true\`.

**Changing.** What can be changed has a \`revision\`, which is its \`ETag\`. Send it as \`If-Match\` to change only what you
have seen.

**Lists** come in pages, newest first: while an answer has \`nextCursor\`, send it as \`cursor\` with the same query.

**Times** are ISO 8601 in UTC. Ids carry a prefix that tells what they name. At any time, answers may gain properties,
refusals codes, events types, and keys scopes.
`.trim();

const tags = [
  { name: 'Keys', description: 'What your back end authenticates with.' },
  { name: 'Rooms', description: 'Where participants meet, and the tokens that admit them.' },
  { name: 'Participants', description: 'Who is in a room now, and what you may do about it.' },
  { name: 'Joining', description: 'What a participant calls, with a join token in place of an API key.' },
  { name: 'Nodes', description: 'The machines that carry the media: for whoever operates them.' },
  { name: 'Egresses', description: 'Broadcasts of a room: composed into one program and played by anybody.' },
  { name: 'Ingresses', description: 'Where encoders publish into rooms, with keys that stay good.' },
  { name: 'Telephones', description: 'SIP trunks, which calls go to which room, and calls out of rooms.' },
  { name: 'Usage', description: 'What there is to bill for.' },
  { name: 'Webhooks', description: 'Where your back end is told what happens, and what became of it.' },
];

/** The public API as OpenAPI 3.1, from the route registry. */
export function toOpenApi() {
  const schemas = new SchemaCollector();
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of Object.values<Route>(publicRoutes))
    (paths[route.path] ??= {})[route.method.toLowerCase()] = toOperation(route, schemas);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Muon',
      version: API_VERSION,
      summary: 'A video API that you run yourself.',
      description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'Wherever this document was read from.' }],
    tags,
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, `mk_…`; for your back end alone.' },
        joinToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'A join token, as `POST /v1/rooms/{room}/tokens` mints it.',
        },
      },
      schemas: schemas.components,
      headers: headerComponents,
      examples: toProblemExamples(),
    },
  };
}

export type OpenApi = ReturnType<typeof toOpenApi>;

function toOperation(route: Route, schemas: SchemaCollector): Operation {
  const { auth } = route;
  const about = [route.description, auth.kind === 'key' && `Needs the scope \`${auth.scope}\`.`];
  const parameters = [
    ...toParameters('path', route.params, schemas),
    ...toParameters('query', route.query, schemas),
    ...toParameters('header', headersOf(route), schemas),
  ];
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    description: about.filter(Boolean).join('\n\n'),
    security: [auth.kind === 'key' ? { apiKey: [] } : { joinToken: [] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body ? { requestBody: toRequestBody(route, route.body, schemas) } : {}),
    responses: toResponses(route, schemas),
  };
}

function headersOf(route: Route): z.ZodObject | undefined {
  if (isRepeatable(route)) return z.object({ [IDEMPOTENCY_HEADER]: idempotencyKey });
  return isConditional(route) ? z.object({ [IF_MATCH_HEADER]: ifMatch }) : undefined;
}

function toParameters(place: Parameter['in'], schema: z.ZodObject | undefined, schemas: SchemaCollector): Parameter[] {
  return Object.entries(schema?.shape ?? {}).map(([name, each]) => {
    const { description: about, ...rest } = schemas.add(each as z.ZodType, 'input');
    return {
      name,
      in: place,
      required: place === 'path',
      ...(typeof about === 'string' ? { description: about } : {}),
      schema: rest,
    };
  });
}

function toRequestBody(route: Route, body: z.ZodType, schemas: SchemaCollector): RequestBody {
  return {
    required: !body.safeParse({}).success,
    content: { [JSON_TYPE]: { schema: schemas.add(body, 'input'), ...exampleOf(route, 'request') } },
  };
}

function toResponses(route: Route, schemas: SchemaCollector): Record<string, Answer> {
  const problem = schemas.add(problemSchema, 'output');
  const byStatus = Map.groupBy(problemsOf(route), (code) => problems[code].status);
  const refusals = [...byStatus].map(([status, codes]) => [String(status), toRefusal(status, codes, problem)] as const);
  return Object.fromEntries([
    ...Object.entries(toSuccess(route, schemas)),
    ...refusals.toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ]);
}

function toSuccess(route: Route, schemas: SchemaCollector): Record<string, Answer> {
  const { status, response } = route;
  const headers = headersOfSuccess(route);
  const sent = headers ? { headers } : {};
  if (!response) return { [status]: { description: 'Done; there is nothing to tell.', ...sent } };
  const schema = schemas.add(response, 'output');
  if (status !== 307) {
    return {
      [status]: {
        description: 'Done.',
        ...sent,
        content: { [JSON_TYPE]: { schema, ...exampleOf(route, 'response') } },
      },
    };
  }
  const redirecting = Object.entries((response as z.ZodObject).shape).map(([name, each]) => {
    return [name, { required: true, schema: schemas.add(each as z.ZodType, 'output') }] as const;
  });
  return {
    201: { description: 'What the node answers to a client that follows: an SDP answer, at `Location` from now on.' },
    307: { description: 'Send the same request there.', headers: Object.fromEntries(redirecting) },
  };
}

function toRefusal(status: number, codes: readonly ProblemCode[], schema: JsonSchema): Answer {
  const headers = headersOfRefusal(status, codes);
  const shown = codes.map((code) => [code, { $ref: `#/components/examples/${code}` }] as const);
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
    ...(headers ? { headers } : {}),
    content: { [PROBLEM_TYPE]: { schema, examples: Object.fromEntries(shown) } },
  };
}

/** A problem of each code that some operation may answer with. */
function toProblemExamples() {
  const codes = new Set(Object.values<Route>(publicRoutes).flatMap(problemsOf));
  return Object.fromEntries(
    [...codes].toSorted().map((code) => {
      const { status, title } = problems[code];
      const instance = '428ef7e6-ae3c-4fff-8f9a-71240cd89878';
      return [code, { summary: title, value: { type: `/problems/${code}`, title, status, code, instance } }];
    }),
  );
}

/** Its own, and those that any request of its kind may meet. */
function problemsOf(route: Route): ProblemCode[] {
  const { auth, params, query, body, problems: own } = route;
  const repeatable = isRepeatable(route);
  return [
    ...(params || query || body || repeatable ? (['invalid-request'] as const) : []),
    'unauthenticated',
    ...(auth.kind === 'key' ? (['forbidden'] as const) : []),
    'body-too-large',
    ...(auth.kind === 'internal' ? [] : (['rate-limited'] as const)),
    ...(repeatable ? (['request-in-flight', 'idempotency-key-reused'] as const) : []),
    ...(isConditional(route) ? (['precondition-failed'] as const) : []),
    ...own,
    'internal-error',
    'overloaded',
  ];
}

function exampleOf({ operationId }: Route, part: 'request' | 'response'): { example?: unknown } {
  const example = examples[operationId as keyof typeof examples][part];
  return example === undefined ? {} : { example };
}
