import type { Answer } from '@muon/functions/openapi/document.ts';
import type { Header, HeaderReference } from '@muon/functions/openapi/headers.ts';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import * as ajvFormats from 'ajv-formats';
import { type Described, description, isPath, operationAt } from './description.ts';

/** What came back. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const ajv = new Ajv2020({ strict: true, allErrors: true });
ajvFormats.default.default(ajv);
// What an OpenAPI document has around its schemas is no schema.
for (const keyword of ['openapi', 'info', 'servers', 'tags', 'paths', 'components']) ajv.addKeyword(keyword);
// What is published lets answers grow; what is sent today must be all that is published.
ajv.addSchema(closed(description) as object, 'api');

/**
 * Holds an answer against openapi.yaml: its status, headers, content type and body, and of a refusal its code.
 *
 * @throws Error saying what does not fit
 */
export function checkAnswer(method: string, pathname: string, answered: Answered): Described | undefined {
  const described = operationAt(method, pathname);
  if (!described) {
    checkElsewhere(pathname, answered);
    return undefined;
  }
  const { status } = answered;
  const answer = described.operation.responses[status];
  if (!answer) throw new Error(`the status ${status} is not described`);
  checkHeaders(answer, answered);
  if (answer.content) checkContent(described, answer, answered);
  else if (answered.text !== '') throw new Error('a body where none is described');
  return described;
}

/** What is required is there, what is there fits, and nothing else is there. */
function checkHeaders(answer: Answer, { headers }: Answered): void {
  const described = new Map(Object.entries(answer.headers ?? {}).map(([name, each]) => [name.toLowerCase(), each]));
  for (const [name, each] of described) {
    const { required, schema } = resolveHeader(each);
    const value = headers[name];
    if (value === undefined && required) throw new Error(`the header ${name} is missing`);
    // The schema of a header is that of what its text says.
    const said = schema['type'] === 'integer' ? Number(value) : value;
    if (value !== undefined) check(compiled(schema), said, name);
  }
  const other = Object.keys(headers).filter((name) => !described.has(name) && !isOfHttp(name));
  if (other.length > 0) throw new Error(`the header ${other.join(', ')} is not described`);
}

/** Of any answer, whatever API it is of; who may read it in a browser is said by whoever is in front. */
function isOfHttp(name: string): boolean {
  return ofHttp.has(name) || name.startsWith('access-control-');
}

const ofHttp: ReadonlySet<string> = new Set([
  'cache-control',
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

function resolveHeader(header: Header | HeaderReference): Header {
  if (!('$ref' in header)) return header;
  return (description.components.headers as Record<string, Header>)[header.$ref.split('/').at(-1)!]!;
}

const validators = new WeakMap<object, ValidateFunction>();

function compiled(schema: Header['schema']): ValidateFunction {
  const validate = validators.get(schema) ?? ajv.compile(schema);
  validators.set(schema, validate);
  return validate;
}

function checkContent({ method, path }: Described, { content = {} }: Answer, answered: Answered): void {
  const type = String(answered.headers['content-type']).split(';')[0]!;
  if (!content[type]) throw new Error(`the content type ${type} is not described`);
  const place = ['paths', path, method.toLowerCase(), 'responses', String(answered.status), 'content', type, 'schema'];
  const pointer = place.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')));
  const body = parse(answered);
  check(ajv.getSchema(`api#/${pointer.join('/')}`)!, body, 'the body');
  const { examples } = content[type];
  const code = codeOf(answered);
  if (examples && !Object.hasOwn(examples, code ?? '')) throw new Error(`the problem ${code} is not described`);
}

/** Where the API has nothing, or nothing with this method, that is what is said. */
function checkElsewhere(pathname: string, answered: Answered): void {
  if (!pathname.startsWith('/v1/')) return;
  const expected = isPath(pathname) ? 405 : 404;
  // What cannot be read or is too large is refused before anything is looked for.
  if (![expected, 400, 413].includes(answered.status)) throw new Error(`${answered.status}, not ${expected}`);
  check(ajv.getSchema('api#/components/schemas/Problem')!, parse(answered), 'the body');
  if (answered.status === 405 && answered.headers['allow'] === undefined) throw new Error('Allow is missing');
}

/** The code of a refusal. */
export function codeOf({ status, text }: Answered): string | undefined {
  return status < 400 ? undefined : (JSON.parse(text) as { code: string }).code;
}

function parse({ text }: Answered): unknown {
  return JSON.parse(text);
}

function check(validate: ValidateFunction, value: unknown, name: string): void {
  if (!validate(value)) throw new Error(`${name} does not fit: ${ajv.errorsText(validate.errors)}`);
}

/** The document, with every object that names its properties having no others. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const all = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, closed(value)]));
  return all['type'] === 'object' && all['properties'] ? { additionalProperties: false, ...all } : all;
}
