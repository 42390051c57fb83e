import type { Engine } from '@muon/local/dynamodb/engine.ts';
import { sizeOfItem } from './item-size.ts';

type Message = Record<string, unknown>;
type Item = Readonly<Record<string, unknown>>;

/** What requests to a table cost: units are what DynamoDB bills on demand, and come in halves. */
export interface Consumption {
  /** How often each operation of DynamoDB was called. */
  readonly operations: Readonly<Record<string, number>>;
  readonly readUnits: number;
  readonly writeUnits: number;
}

const READ_UNIT_BYTES = 4096;
const WRITE_UNIT_BYTES = 1024;

/** A transaction prepares and commits each of its writes. */
const TRANSACTION_FACTOR = 2;

/** Hash keys of the indexes; both hold whole items. */
const INDEXES = ['gsi1', 'gsi2'];

/**
 * An embedded DynamoDB that counts what the service would bill for each request, by the rules of its developer guide
 * ("Read and write operations"): consistent reads 1 unit for each 4 KB, others half; writes 1 for each KB of the larger
 * of the item before and after, twice that in transactions; and again for each index that the item is in and changes in.
 */
export class CapacityMeter implements Pick<Engine, 'execute'> {
  readonly #engine: Pick<Engine, 'execute'>;
  #operations: Record<string, number> = {};
  #readUnits = 0;
  #writeUnits = 0;

  constructor(engine: Pick<Engine, 'execute'>) {
    this.#engine = engine;
  }

  execute(operation: string, request: Message): Message {
    this.#operations[operation] = (this.#operations[operation] ?? 0) + 1;
    switch (operation) {
      case 'GetItem':
      case 'Query':
        return this.#read(operation, request);
      case 'PutItem':
      case 'UpdateItem':
      case 'DeleteItem':
        return this.#write(operation, request, [request], 1);
      case 'TransactWriteItems':
        return this.#write(operation, request, partsOf(request), TRANSACTION_FACTOR);
      default:
        throw new Error(`Nothing says what ${operation} costs`);
    }
  }

  /** What was consumed since this was asked last. */
  take(): Consumption {
    const taken = { operations: this.#operations, readUnits: this.#readUnits, writeUnits: this.#writeUnits };
    this.#operations = {};
    this.#readUnits = 0;
    this.#writeUnits = 0;
    return taken;
  }

  #read(operation: string, request: Message): Message {
    const answer = this.#engine.execute(operation, request);
    const { Item: item, Items: items = item ? [item] : [] } = answer as { Item?: Item; Items?: readonly Item[] };
    const bytes = items.reduce((sum, each) => sum + sizeOfItem(each), 0);
    const units = Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES));
    this.#readUnits += request['ConsistentRead'] === true ? units : units / 2;
    return answer;
  }

  /** What is refused for its condition is billed all the same, but changes no index. */
  #write(operation: string, request: Message, parts: readonly Message[], factor: number): Message {
    const before = parts.map((part) => this.#itemOf(part));
    let answer: Message | undefined;
    try {
      answer = this.#engine.execute(operation, request);
      return answer;
    } finally {
      parts.forEach((part, index) => {
        const after = answer ? this.#itemOf(part) : before[index];
        this.#writeUnits += factor * unitsOf(before[index], after);
        for (const name of INDEXES) this.#writeUnits += unitsInIndex(name, before[index], after);
      });
    }
  }

  #itemOf({ TableName, Key, Item: item }: Message): Item | undefined {
    const { pk, sk } = (Key ?? item) as Item;
    const found = this.#engine.execute('GetItem', { TableName, Key: { pk, sk }, ConsistentRead: true });
    return found['Item'] as Item | undefined;
  }
}

function partsOf(request: Message): Message[] {
  return (request['TransactItems'] as Message[]).map((part) => Object.values(part)[0] as Message);
}

function unitsOf(before: Item | undefined, after: Item | undefined): number {
  const bytes = Math.max(...[before, after].map((item) => (item ? sizeOfItem(item) : 0)));
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
}

/** One write; two when the item moves to another place in the index, none when nothing of it changed. */
function unitsInIndex(name: string, before: Item | undefined, after: Item | undefined): number {
  const places = [before, after].map((item) => item && placeIn(name, item));
  if (places[0] === undefined && places[1] === undefined) return 0;
  if (JSON.stringify(before) === JSON.stringify(after)) return 0;
  if (places[0] === undefined) return unitsOf(undefined, after);
  if (places[1] === undefined) return unitsOf(before, undefined);
  if (places[0] === places[1]) return unitsOf(before, after);
  return unitsOf(before, undefined) + unitsOf(undefined, after);
}

function placeIn(name: string, item: Item): string | undefined {
  const place = [item[`${name}pk`], item[`${name}sk`]];
  return place.includes(undefined) ? undefined : JSON.stringify(place);
}
