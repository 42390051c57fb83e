import { invalid, type DynamoDbError } from '../error.ts';
import { checkValue, contentOf, isRecord, type Value, type ValueType } from '../value.ts';
import type { Comparator, Condition, Operand, Path, Reference, Term, UpdateAction } from './ast.ts';
import { tokenize, type Token } from './token.ts';

/** What stands for names and values in the expressions of one request; each must be used. */
export class Placeholders {
  readonly #names: Record<string, string>;
  readonly #values: Record<string, unknown>;
  readonly #unused: Set<string>;

  constructor(names: unknown, values: unknown) {
    this.#names = isRecord(names) ? (names as Record<string, string>) : {};
    this.#values = isRecord(values) ? values : {};
    this.#unused = new Set([...Object.keys(this.#names), ...Object.keys(this.#values)]);
  }

  name(token: string): string | undefined {
    this.#unused.delete(token);
    return Object.hasOwn(this.#names, token) ? this.#names[token] : undefined;
  }

  value(token: string): Value | undefined {
    this.#unused.delete(token);
    return Object.hasOwn(this.#values, token) ? checkValue(this.#values[token]) : undefined;
  }

  /** @throws DynamoDbError when a placeholder was used by no expression. */
  checkAllUsed(): void {
    const [unused] = this.#unused;
    if (unused === undefined) return;
    const where = unused.startsWith('#') ? 'ExpressionAttributeNames' : 'ExpressionAttributeValues';
    throw invalid(`Value provided in ${where} unused in expressions: keys: {${unused}}`);
  }
}

export function parseCondition(expression: string, field: string, placeholders: Placeholders): Condition {
  return new Parser(expression, field, placeholders).condition();
}

export function parseProjection(expression: string, placeholders: Placeholders): Path[] {
  return new Parser(expression, 'ProjectionExpression', placeholders).projection();
}

export function parseUpdate(expression: string, placeholders: Placeholders): UpdateAction[] {
  return new Parser(expression, 'UpdateExpression', placeholders).update();
}

const COMPARATORS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=']);
const VALUE_TYPES: ReadonlySet<string> = new Set(['S', 'N', 'B', 'BOOL', 'NULL', 'M', 'L', 'SS', 'NS', 'BS']);
const SECTIONS = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const;

/** Recursive descent over one expression; the grammar is that of the DynamoDB developer guide. */
class Parser {
  readonly #tokens: Token[];
  readonly #field: string;
  readonly #placeholders: Placeholders;
  #at = 0;

  constructor(expression: string, field: string, placeholders: Placeholders) {
    this.#tokens = tokenize(expression, field);
    this.#field = field;
    this.#placeholders = placeholders;
  }

  condition(): Condition {
    const condition = this.#or();
    this.#expectEnd();
    return condition;
  }

  projection(): Path[] {
    const paths = this.#list(() => this.#path());
    this.#expectEnd();
    return paths;
  }

  update(): UpdateAction[] {
    const actions: UpdateAction[] = [];
    const seen = new Set<string>();
    while (this.#next.kind !== 'end') {
      const section = SECTIONS.find((keyword) => this.#takeKeyword(keyword));
      if (!section) throw this.#unexpected();
      if (seen.has(section)) throw this.#fault(`The "${section}" section can only be used once;`);
      seen.add(section);
      actions.push(...this.#list(() => this.#action(section)));
    }
    return actions;
  }

  #action(section: (typeof SECTIONS)[number]): UpdateAction {
    const path = this.#path();
    if (section === 'REMOVE') return { type: 'remove', path };
    if (section !== 'SET') return { type: section === 'ADD' ? 'add' : 'delete', path, value: this.#value() };
    this.#expect('=');
    return { type: 'set', path, term: this.#sum() };
  }

  #sum(): Term {
    const left = this.#term();
    const sign = this.#take('+') ? 1n : this.#take('-') ? -1n : undefined;
    return sign === undefined ? left : { type: 'sum', sign, left, right: this.#term() };
  }

  #term(): Term {
    if (this.#takeCall('if_not_exists')) {
      const path = this.#path();
      this.#expect(',');
      return this.#closing({ type: 'ifNotExists', path, otherwise: this.#term() });
    }
    if (this.#takeCall('list_append')) {
      const left = this.#term();
      this.#expect(',');
      return this.#closing({ type: 'listAppend', left, right: this.#term() });
    }
    return this.#reference();
  }

  #or(): Condition {
    let left = this.#and();
    while (this.#takeKeyword('OR')) left = { type: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Condition {
    let left = this.#not();
    while (this.#takeKeyword('AND')) left = { type: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Condition {
    if (this.#takeKeyword('NOT')) return { type: 'not', condition: this.#not() };
    if (this.#take('(')) return this.#closing(this.#or());
    return this.#predicate() ?? this.#comparison();
  }

  #predicate(): Condition | undefined {
    for (const wanted of [true, false])
      if (this.#takeCall(wanted ? 'attribute_exists' : 'attribute_not_exists'))
        return this.#closing({ type: 'exists', path: this.#path(), wanted });
    if (this.#takeCall('attribute_type')) {
      const path = this.#path();
      this.#expect(',');
      return this.#closing({ type: 'hasType', path, valueType: this.#valueType() });
    }
    for (const [name, type] of [
      ['begins_with', 'beginsWith'],
      ['contains', 'contains'],
    ] as const)
      if (this.#takeCall(name)) {
        const operand = this.#operand();
        this.#expect(',');
        return this.#closing({ type, operand, argument: this.#operand() });
      }
    return undefined;
  }

  #comparison(): Condition {
    const left = this.#operand();
    if (this.#takeKeyword('BETWEEN')) {
      const low = this.#operand();
      if (!this.#takeKeyword('AND')) throw this.#unexpected();
      return { type: 'between', operand: left, low, high: this.#operand() };
    }
    if (this.#takeKeyword('IN')) {
      this.#expect('(');
      return this.#closing({ type: 'in', operand: left, candidates: this.#list(() => this.#operand()) });
    }
    const comparator = this.#advance().text;
    if (!COMPARATORS.has(comparator)) throw this.#unexpected(-1);
    return { type: 'compare', comparator: comparator as Comparator, left, right: this.#operand() };
  }

  #operand(): Operand {
    if (this.#takeCall('size')) return this.#closing({ type: 'size', path: this.#path() });
    return this.#reference();
  }

  #reference(): Reference {
    if (this.#next.kind === 'value') return { type: 'value', value: this.#value() };
    return { type: 'path', path: this.#path() };
  }

  #path(): Path {
    const path: (string | number)[] = [this.#name()];
    for (;;) {
      if (this.#take('.')) path.push(this.#name());
      else if (this.#take('[')) {
        const index = this.#advance();
        if (index.kind !== 'number') throw this.#unexpected(-1);
        path.push(Number(index.text));
        this.#expect(']');
      } else return path;
    }
  }

  #name(): string {
    const token = this.#advance();
    if (token.kind === 'name') return token.text;
    if (token.kind !== 'placeholder') throw this.#unexpected(-1);
    const name = this.#placeholders.name(token.text);
    if (name !== undefined) return name;
    throw this.#fault(`An expression attribute name used in the document path is not defined; ${token.text}`);
  }

  #value(): Value {
    const token = this.#advance();
    if (token.kind !== 'value') throw this.#unexpected(-1);
    const value = this.#placeholders.value(token.text);
    if (value !== undefined) return value;
    throw this.#fault(`An expression attribute value used in expression is not defined; ${token.text}`);
  }

  #valueType(): ValueType {
    const type = contentOf(this.#value());
    if (typeof type !== 'string' || !VALUE_TYPES.has(type)) throw this.#fault('Invalid attribute type name found;');
    return type as ValueType;
  }

  #list<Member>(member: () => Member): Member[] {
    const members = [member()];
    while (this.#take(',')) members.push(member());
    return members;
  }

  /** `node`, once the bracket that its function or group opened is closed. */
  #closing<Node>(node: Node): Node {
    this.#expect(')');
    return node;
  }

  get #next(): Token {
    return this.#tokens[this.#at]!;
  }

  #advance(): Token {
    const token = this.#next;
    if (token.kind !== 'end') this.#at += 1;
    return token;
  }

  #take(symbol: string): boolean {
    const found = this.#next.kind === 'symbol' && this.#next.text === symbol;
    if (found) this.#at += 1;
    return found;
  }

  #takeKeyword(keyword: string): boolean {
    const found = this.#next.kind === 'name' && this.#next.text.toUpperCase() === keyword;
    if (found) this.#at += 1;
    return found;
  }

  #takeCall(name: string): boolean {
    const found = this.#next.kind === 'name' && this.#next.text === name && this.#tokens[this.#at + 1]?.text === '(';
    if (found) this.#at += 2;
    return found;
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw this.#unexpected();
  }

  #expectEnd(): void {
    if (this.#next.kind !== 'end') throw this.#unexpected();
  }

  #unexpected(offset: 0 | -1 = 0): DynamoDbError {
    return this.#fault(`Syntax error; token: "${this.#tokens[this.#at + offset]?.text ?? ''}"`);
  }

  #fault(what: string): DynamoDbError {
    return invalid(`Invalid ${this.#field}: ${what}`);
  }
}
