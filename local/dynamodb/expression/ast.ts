import type { Value, ValueType } from '../value.ts';

/** Where a value is within an item: names of attributes and map members, indexes of lists. */
export type Path = readonly (string | number)[];

export type Reference =
  | { readonly type: 'path'; readonly path: Path }
  | { readonly type: 'value'; readonly value: Value };

export type Operand = Reference | { readonly type: 'size'; readonly path: Path };

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { readonly type: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly type: 'not'; readonly condition: Condition }
  | { readonly type: 'compare'; readonly comparator: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly type: 'between'; readonly operand: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly type: 'in'; readonly operand: Operand; readonly candidates: readonly Operand[] }
  | { readonly type: 'exists'; readonly path: Path; readonly wanted: boolean }
  | { readonly type: 'hasType'; readonly path: Path; readonly valueType: ValueType }
  | { readonly type: 'beginsWith' | 'contains'; readonly operand: Operand; readonly argument: Operand };

/** What a SET assigns. */
export type Term =
  | Reference
  | { readonly type: 'ifNotExists'; readonly path: Path; readonly otherwise: Term }
  | { readonly type: 'listAppend'; readonly left: Term; readonly right: Term }
  | { readonly type: 'sum'; readonly sign: 1n | -1n; readonly left: Term; readonly right: Term };

export type UpdateAction =
  | { readonly type: 'set'; readonly path: Path; readonly term: Term }
  | { readonly type: 'remove'; readonly path: Path }
  | { readonly type: 'add' | 'delete'; readonly path: Path; readonly value: Value };
