import type { JsonSchema } from '@muon/functions/openapi/schemas.ts';
import { resolveSchema } from './description.ts';

/** So many of each kind are remembered, the newest. */
const KEPT = 40;

/** Values that come in an answer under one name and are sent under another. */
const renamed: Readonly<Record<string, string>> = {
  token: 'join token',
  streamKey: 'stream key',
  accessToken: 'earlier token',
};

/** Which request was answered. */
interface Asked {
  readonly operationId: string;
  readonly params: Readonly<Record<string, string>>;
}

/** What earlier answers told: ids, names and secrets of what there is, so that requests find something. */
export class Known {
  /** By the pattern that all of a kind match, or by a name of their own. */
  readonly #values = new Map<string, string[]>();
  /** What an id was read below: `/webhooks/{webhook}` of a delivery. */
  readonly #above = new Map<string, Readonly<Record<string, string>>>();
  /** What no request is to touch, and what is gone though others still name it. */
  readonly #hidden: Set<string>;

  /** @param hidden what no request is to touch */
  constructor(hidden: readonly string[]) {
    this.#hidden = new Set(hidden);
  }

  add(kind: string, value: string): void {
    if (this.#hidden.has(value)) return;
    const values = (this.#values.get(kind) ?? []).filter((each) => each !== value);
    this.#values.set(kind, [...values, value].slice(-KEPT));
  }

  forget(value: string): void {
    this.#hidden.add(value);
    for (const [kind, values] of this.#values)
      this.#values.set(
        kind,
        values.filter((each) => each !== value),
      );
  }

  /** The one at `index`, counted round and round; undefined when none is known. */
  pick(kind: string, index: number): string | undefined {
    const values = this.#values.get(kind) ?? [];
    return values[index % values.length];
  }

  /** Path parameters under which an id was seen. */
  above(id: string): Readonly<Record<string, string>> {
    return this.#above.get(id) ?? {};
  }

  /** Takes an answer in, as its schema says what is what. */
  learn(value: unknown, schema: JsonSchema, asked: Asked): void {
    const {
      properties = {},
      items,
      pattern,
    } = resolveSchema(schema) as {
      readonly properties?: Readonly<Record<string, JsonSchema>>;
      readonly items?: JsonSchema;
      readonly pattern?: string;
    };
    if (typeof value === 'string' && pattern !== undefined) {
      this.add(pattern, value);
      if (isId(value)) this.#above.set(value, { ...this.#above.get(value), ...asked.params });
    }
    if (Array.isArray(value) && items) for (const each of value) this.learn(each, items, asked);
    if (typeof value !== 'object' || value === null) return;
    for (const [name, each] of Object.entries(value)) {
      if (properties[name]) this.learn(each, properties[name], asked);
      if (typeof each === 'string') this.#learnNamed(name, each, asked);
    }
  }

  #learnNamed(name: string, text: string, { operationId }: Asked): void {
    if (renamed[name]) this.add(renamed[name], text);
    if (name === 'secret' && text.startsWith('mk_')) this.add('API key', text);
    if (name === 'nextCursor') this.add(`cursor of ${operationId}`, text);
    if (name === 'identity' && operationId.endsWith('Participants')) this.add('participant', text);
  }
}

/** The same names are below many; an id is of one thing. */
function isId(value: string): boolean {
  return /^[a-z]{2}_/.test(value);
}
