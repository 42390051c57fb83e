/** A refusal that DynamoDB's clients know by its type. */
export class DynamoDbError extends Error {
  override readonly name = 'DynamoDbError';
  /** As in `__type`, without its namespace. */
  readonly type: string;
  /** What the answer carries besides type and message. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(type: string, message: string, fields: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.type = type;
    this.fields = fields;
  }
}

/** The request does not fit the operation. */
export function invalid(message: string): DynamoDbError {
  return new DynamoDbError('ValidationException', message);
}
