import type { Answer } from '@muon/functions/openapi/document.ts';
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
  const { status, headers } = answered;
  const answer = described.operation.responses[status];
  if (!answer) throw new Error(`the status ${status} is not described`);
  for (const [name, { required, schema }] of Object.entries(answer.headers ?? {})) {
    const value = headers[name.toLowerCase()];
    if (value === undefined && required) throw new Error(`the header ${name} is missing`);
    if (value !== undefined) check(ajv.compile(schema), value, name);
  }
  if (answer.content) checkContent(described, answer, answered);
  else if (answered.text !== '') throw new Error('a body where none is described');
  return described;
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
