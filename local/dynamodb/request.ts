import { invalid } from './error.ts';
import type { Path } from './expression/ast.ts';
import { parseProjection, Placeholders } from './expression/parser.ts';

/** A request or an answer, as DynamoDB's JSON has it. */
export type Message = Readonly<Record<string, unknown>>;

export function placeholdersOf(request: Message): Placeholders {
  return new Placeholders(request['ExpressionAttributeNames'], request['ExpressionAttributeValues']);
}

export function expressionOf(request: Message, field: string): string | undefined {
  const expression = request[field];
  if (expression === undefined || expression === null) return undefined;
  if (typeof expression === 'string') return expression;
  throw invalid(`${field} must be a string`);
}

export function projectionOf(request: Message, placeholders: Placeholders): Path[] | undefined {
  const projection = expressionOf(request, 'ProjectionExpression');
  return projection === undefined ? undefined : parseProjection(projection, placeholders);
}
