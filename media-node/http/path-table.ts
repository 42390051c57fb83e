/** What the braces of a pattern stand for in a path. */
export type PathParams = Readonly<Record<string, string>>;

/** Entries by path, where `{name}` stands for one segment, as in `/whip/{session}`. */
export class PathTable<Value> {
  readonly #entries: readonly { readonly segments: readonly string[]; readonly value: Value }[];

  constructor(entries: Readonly<Record<string, Value>>) {
    this.#entries = Object.entries(entries).map(([path, value]) => ({ segments: path.split('/'), value }));
  }

  find(path: string): { readonly value: Value; readonly params: PathParams } | undefined {
    const given = path.split('/');
    for (const { segments, value } of this.#entries) {
      const params = match(segments, given);
      if (params) return { value, params };
    }
    return undefined;
  }
}

function match(segments: readonly string[], given: readonly string[]): PathParams | undefined {
  if (segments.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const text = given[index]!;
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined ? text !== segment : text === '') return undefined;
    if (name !== undefined) params[name] = text;
  }
  return params;
}
