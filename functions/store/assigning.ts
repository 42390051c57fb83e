type Attributes = Readonly<Record<string, unknown>>;

/** The update that gives an item these attributes; `undefined` takes one away. */
export function assigning(attributes: Attributes): { readonly update: string; readonly values: Attributes } {
  const values = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
  const set = Object.keys(values).map((name) => `#${name} = :${name}`);
  const removed = Object.keys(attributes)
    .filter((name) => !(name in values))
    .map((name) => `#${name}`);
  const clauses = [set.length > 0 && `SET ${set.join(', ')}`, removed.length > 0 && `REMOVE ${removed.join(', ')}`];
  return { update: clauses.filter(Boolean).join(' '), values };
}
