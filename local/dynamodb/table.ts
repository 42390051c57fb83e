import { invalid } from './error.ts';
import { checkValue, isRecord, type Item, type Value } from './value.ts';

/** Names of the attributes that make a key; the second is absent where the hash key is alone. */
export interface KeySchema {
  readonly hash: string;
  readonly range: string | undefined;
}

export interface Table {
  readonly name: string;
  readonly key: KeySchema;
  readonly indexes: ReadonlyMap<string, KeySchema>;
  /** The attribute that says when an item expires, in seconds since 1970. */
  readonly ttlAttribute: string | undefined;
  /** As it was given to CreateTable; shown by DescribeTable. */
  readonly description: Readonly<Record<string, unknown>>;
}

/** The values of a key; both strings, since this engine's keys are. */
export interface Key {
  readonly hash: string;
  /** '' where the key has no second part: no key value is empty. */
  readonly range: string;
}

/** The largest parts of a key. */
const MAX_HASH_BYTES = 2048;
const MAX_RANGE_BYTES = 1024;

/** A table as CreateTable describes it. */
export function toTable(description: Readonly<Record<string, unknown>>, ttlAttribute?: string): Table {
  const { TableName: name, KeySchema: key, AttributeDefinitions: attributes } = description;
  if (typeof name !== 'string' || !/^[A-Za-z0-9_.-]{3,255}$/.test(name)) throw invalid('TableName is not valid');
  const types = new Map(records(attributes).map((each) => [each['AttributeName'], each['AttributeType']]));
  const checked = (schema: KeySchema): KeySchema => {
    for (const attribute of [schema.hash, schema.range])
      if (attribute !== undefined && types.get(attribute) !== 'S')
        throw invalid(`Key attribute ${attribute} must be defined as a string: this engine has no other keys`);
    return schema;
  };
  const indexes = records(description['GlobalSecondaryIndexes']).map(
    (index) => [String(index['IndexName']), checked(toKeySchema(index['KeySchema']))] as const,
  );
  return { name, key: checked(toKeySchema(key)), indexes: new Map(indexes), ttlAttribute, description };
}

/** The key of an item that is to be stored. */
export function keyOfItem({ key }: Table, item: Item): Key {
  return {
    hash: keyPart(item, key.hash, MAX_HASH_BYTES),
    range: key.range === undefined ? '' : keyPart(item, key.range, MAX_RANGE_BYTES),
  };
}

/** The key that a request names: these attributes and no others. */
export function keyOfRequest(table: Table, given: unknown): Key {
  const { key } = table;
  const item = isRecord(given) ? given : {};
  const wanted = key.range === undefined ? 1 : 2;
  if (Object.keys(item).length !== wanted) throw invalid('The provided key element does not match the schema');
  return keyOfItem(table, Object.fromEntries(Object.entries(item).map(([name, value]) => [name, checkValue(value)])));
}

/** The attributes that a key is made of. */
export function toKeyAttributes({ key }: Table, { hash, range }: Key): Item {
  return key.range === undefined ? { [key.hash]: { S: hash } } : { [key.hash]: { S: hash }, [key.range]: { S: range } };
}

/** Where an item stands in an index; undefined when it lacks the index's attributes. */
export function keyInIndex(schema: KeySchema, item: Item): Key | undefined {
  const hash = stringOf(item, schema.hash);
  const range = schema.range === undefined ? '' : stringOf(item, schema.range);
  return hash === undefined || range === undefined ? undefined : { hash, range };
}

function stringOf(item: Item, name: string): string | undefined {
  const value: Value | undefined = item[name];
  if (!value) return undefined;
  if ('S' in value && value.S !== '') return value.S;
  throw invalid(`One or more parameter values were invalid: Type mismatch for Index Key ${name}`);
}

function keyPart(item: Item, name: string, maxBytes: number): string {
  const value = item[name];
  if (!value) throw invalid(`One or more parameter values were invalid: Missing the key ${name} in the item`);
  if (!('S' in value)) throw invalid(`One or more parameter values were invalid: Type mismatch for key ${name}`);
  if (value.S === '')
    throw invalid(`One or more parameter values are not valid. The AttributeValue for key ${name} is empty`);
  if (Buffer.byteLength(value.S) > maxBytes)
    throw invalid('One or more parameter values were invalid: Size of key has exceeded the maximum size limit');
  return value.S;
}

function toKeySchema(given: unknown): KeySchema {
  const parts = new Map(records(given).map((part) => [part['KeyType'], part['AttributeName']]));
  const [hash, range] = [parts.get('HASH'), parts.get('RANGE')];
  if (typeof hash !== 'string') throw invalid('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  return { hash, range: typeof range === 'string' ? range : undefined };
}

function records(given: unknown): Record<string, unknown>[] {
  return Array.isArray(given) ? given.filter(isRecord) : [];
}
