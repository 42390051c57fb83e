import { invalid } from '../error.ts';

/** A name, `#name`, `:value`, a number (in `[n]`), an operator or a bracket. */
export interface Token {
  readonly kind: 'name' | 'placeholder' | 'value' | 'number' | 'symbol' | 'end';
  readonly text: string;
}

const PATTERN =
  /\s*(?:(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<placeholder>#[A-Za-z0-9_]+)|(?<value>:[A-Za-z0-9_]+)|(?<number>\d+)|(?<symbol><>|<=|>=|[=<>+\-,()[\].]))/y;

/** The tokens of an expression, `end` last. `field` names the expression in an error. */
export function tokenize(expression: string, field: string): Token[] {
  const tokens: Token[] = [];
  const text = expression.trimEnd();
  PATTERN.lastIndex = 0;
  while (PATTERN.lastIndex < text.length) {
    const start = PATTERN.lastIndex;
    const match = PATTERN.exec(text);
    if (!match) throw invalid(`Invalid ${field}: Syntax error; near: "${text.slice(start, start + 16)}"`);
    const [kind, token] = Object.entries(match.groups ?? {}).find(([, found]) => found !== undefined)!;
    tokens.push({ kind: kind as Token['kind'], text: token });
  }
  if (tokens.length === 0) throw invalid(`Invalid ${field}: The expression can not be empty;`);
  return [...tokens, { kind: 'end', text: '<EOF>' }];
}
