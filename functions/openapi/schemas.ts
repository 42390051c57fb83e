import * as z from 'zod';

/** A JSON Schema (2020-12), as OpenAPI 3.1 embeds it. */
export type JsonSchema = { [keyword: string]: unknown };

/** What a request may hold and what an answer holds differ: what has a default may be left out of the one alone. */
type Direction = 'input' | 'output';

/** Turns zod's schemas into OpenAPI's; those with an id become components. */
export class SchemaCollector {
  readonly #outputs = new Map<string, JsonSchema>();
  readonly #inputs = new Map<string, JsonSchema>();

  /** A schema or, when it has an id, a reference to its component. */
  add(schema: z.ZodType, direction: Direction): JsonSchema {
    // As a property, a schema with an id is a reference like everywhere else.
    const { $defs = {}, properties } = z.toJSONSchema(z.object({ schema }), { io: direction });
    const found = direction === 'input' ? this.#inputs : this.#outputs;
    for (const [id, definition] of Object.entries($defs)) found.set(id, tidy(definition, direction) as JsonSchema);
    return tidy(properties?.['schema'], direction) as JsonSchema;
  }

  /** All components; to be called when everything was added. */
  get components(): Record<string, JsonSchema> {
    const inputs = [...this.#inputs].map(([id, schema]) => [inputName(id), schema] as const);
    return Object.fromEntries([...this.#outputs, ...inputs].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** Requests' components are named apart, but for those that are for requests alone and say so. */
function inputName(id: string): string {
  return id.startsWith('Create') ? id : `${id}Input`;
}

/** Into OpenAPI's words, without what only zod needs. */
function tidy(node: unknown, direction: Direction): unknown {
  if (Array.isArray(node)) return node.map((each) => tidy(each, direction));
  if (typeof node !== 'object' || node === null) return node;
  const tidied: JsonSchema = {};
  for (const [keyword, value] of Object.entries(node)) {
    if (keyword === '$ref') tidied['$ref'] = toComponent(String(value), direction);
    else if (keyword === 'example') tidied['examples'] = [value];
    // Answers may gain properties; who reads them must not refuse those that are new.
    else if (keyword === 'additionalProperties' && value === false && direction === 'output') continue;
    // Nor refuse a value that is new where more may come.
    else if (keyword === 'enum' && 'open' in node && direction === 'output') continue;
    else if (keyword === 'open') continue;
    else if (keyword === 'pattern' && 'format' in node) continue;
    else if (keyword === 'default' || keyword === 'enum' || keyword === 'const') tidied[keyword] = value;
    else tidied[keyword] = tidy(value, direction);
  }
  return tidied;
}

function toComponent(reference: string, direction: Direction): string {
  const id = reference.replace('#/$defs/', '');
  return `#/components/schemas/${direction === 'input' ? inputName(id) : id}`;
}
