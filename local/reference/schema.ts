import type { JsonSchema } from '@muon/functions/openapi/schemas.ts';
import { html, type Html } from './html.ts';
import { fromInlineMarkdown } from './markdown.ts';

/** The components that schemas refer to. */
type Components = Readonly<Record<string, JsonSchema>>;

/** What an object holds, property by property; undefined for what is no object with properties. */
export function toPropertyList(schema: JsonSchema, components: Components): Html | undefined {
  const { properties, required = [], items } = resolve(schema, components);
  if (items) return toPropertyList(items as JsonSchema, components);
  if (!properties) return undefined;
  const entries = Object.entries(properties as Record<string, JsonSchema>);
  return html`<dl>
    ${entries.map(([name, property]) => toProperty(name, property, (required as string[]).includes(name), components))}
  </dl>`;
}

export function toProperty(name: string, schema: JsonSchema, required: boolean, components: Components): Html {
  const { description } = { ...resolve(schema, components), ...schema };
  return html`<dt>
      <code>${name}</code><span class="type">${toType(schema, components)}</span>${
        required ? html`<span class="need">required</span>` : undefined
      }
    </dt>
    <dd>
      ${fromInlineMarkdown([description, toLimits(schema)].filter((part) => typeof part === 'string').join(' '))}
      ${toPropertyList(schema, components)}
    </dd>`;
}

function toType(schema: JsonSchema, components: Components): string {
  const resolved = resolve(schema, components);
  if (Array.isArray(resolved['anyOf']))
    return [...new Set((resolved['anyOf'] as JsonSchema[]).map((each) => toType(each, components)))].join(' or ');
  if (Array.isArray(resolved['enum']) && resolved['enum'].length < 6)
    return resolved['enum'].map((value) => JSON.stringify(value)).join(' | ');
  if (resolved['items']) return `array of ${toType(resolved['items'] as JsonSchema, components)}`;
  return typeof resolved['type'] === 'string' ? resolved['type'] : 'any';
}

/** Its bounds and its default, as a sentence. */
function toLimits(schema: JsonSchema): string | undefined {
  const { minimum, maximum, maxLength, default: otherwise } = schema;
  const limits = [
    minimum !== undefined && maximum !== undefined && `from ${JSON.stringify(minimum)} to ${JSON.stringify(maximum)}`,
    maxLength !== undefined && `at most ${JSON.stringify(maxLength)} characters`,
    otherwise !== undefined && `\`${JSON.stringify(otherwise)}\` when absent`,
  ].filter((limit) => limit !== false);
  const sentence = limits.join('; ');
  return limits.length > 0 ? `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.` : undefined;
}

function resolve(schema: JsonSchema, components: Components): JsonSchema {
  const { $ref: reference } = schema;
  return typeof reference === 'string' ? (components[reference.split('/').at(-1) ?? ''] ?? {}) : schema;
}
