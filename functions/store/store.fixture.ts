import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { toId } from '@muon/contract/id.ts';
import type { RegisterGatewayBody, RegisterNodeBody } from '@muon/contract/internal.ts';
import { Engine } from '@muon/local/dynamodb/engine.ts';
import { DynamoDbError } from '@muon/local/dynamodb/error.ts';
import { toRequestHandler } from '@muon/local/dynamodb/request-handler.ts';
import type { PlacedEgress } from '../domain/egress.ts';
import type { Room } from '../domain/room.ts';
import type { Store } from '../domain/store.ts';
import { toTableDefinition } from './schema.ts';
import { openStore } from './store.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/**
 * What goes wrong with a request: not done at all, since DynamoDB refuses it or never hears of it, or done without anybody
 * being told. A conflict is at the first item of a transaction or at the last one; `overtaken` is the guard of the first.
 */
export type Fault = Refused | 'request-lost' | 'answer-lost' | undefined;

type Refused = 'throttled' | 'part-throttled' | 'conflict' | 'last-conflict' | 'overtaken';

/** Decides about each request; the operation is DynamoDB's, as `TransactWriteItems`. */
export type FaultSource = (operation: string) => Fault;

/** An empty store: in a DynamoDB where `DYNAMODB_ENDPOINT` names one, else in memory. `sent` has every request. */
export async function openTestStore(
  faultOf: FaultSource = () => undefined,
): Promise<{ store: Store; sent: readonly unknown[]; client: DynamoDBClient; tableName: string }> {
  const endpoint = process.env['DYNAMODB_ENDPOINT'];
  const options = endpoint ? { region: 'us-east-1', endpoint } : { region: 'local', endpoint: 'http://embedded' };
  const database: Handler = endpoint
    ? new DynamoDBClient({ ...options, credentials }).config.requestHandler
    : toRequestHandler(new Engine(':memory:'));
  const sent: unknown[] = [];
  const requestHandler = troubled(database, faultOf, sent);
  const client = new DynamoDBClient({ ...options, credentials, requestHandler });
  const tableName = `muon-test-${randomUUID()}`;
  await client.send(new CreateTableCommand(toTableDefinition(tableName)));
  return { store: openStore(client, tableName), sent, client, tableName };
}

type Handler = DynamoDBClient['config']['requestHandler'];

/** The way to a database on which things go wrong. */
function troubled(database: Handler, faultOf: FaultSource, sent: unknown[]): Handler {
  const handle: Handler['handle'] = async (request, options) => {
    const operation = request.headers['x-amz-target']!.split('.')[1]!;
    const body = JSON.parse(new TextDecoder().decode(request.body as Uint8Array)) as Record<string, unknown>;
    sent.push(body);
    const fault = faultOf(operation);
    if (fault === 'request-lost') throw timeout();
    if (fault !== undefined && fault !== 'answer-lost') return refusal(fault, operation, body).handle(request, options);
    await someTime();
    const answer = await database.handle(request, options);
    if (fault === 'answer-lost') throw timeout();
    return answer;
  };
  return Object.assign(Object.create(database) as Handler, { handle });
}

/** As on a network, where whoever asked later may be answered first. */
async function someTime(): Promise<void> {
  for (let turns = randomInt(4); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
}

/** As the SDK's own handler says that no answer came in time. */
function timeout(): Error {
  return Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
}

function refusal(fault: Refused, operation: string, body: object): Handler {
  const execute = (): never => {
    throw toError(fault, operation, body as Record<string, unknown>);
  };
  return toRequestHandler({ execute });
}

/** As DynamoDB says it. */
function toError(fault: Refused, operation: string, request: Record<string, unknown>): Error {
  const isTransaction = operation === 'TransactWriteItems';
  if (fault === 'throttled' || (fault === 'part-throttled' && !isTransaction))
    return new DynamoDbError('ThrottlingException', 'Rate exceeded');
  if (!isTransaction && fault === 'overtaken') return new DynamoDbError('ConditionalCheckFailedException', 'Overtaken');
  if (!isTransaction) return new DynamoDbError('TransactionConflictException', 'Conflict');
  const items = request['TransactItems'] as unknown[];
  const disturbed = fault === 'last-conflict' ? items.length - 1 : 0;
  const CancellationReasons = items.map((_, index) => ({ Code: index === disturbed ? reasons[fault] : 'None' }));
  return new DynamoDbError('TransactionCanceledException', 'Cancelled', { CancellationReasons });
}

const reasons: Readonly<Record<Refused, string>> = {
  throttled: 'ThrottlingError',
  'part-throttled': 'ThrottlingError',
  conflict: 'TransactionConflict',
  'last-conflict': 'TransactionConflict',
  overtaken: 'ConditionalCheckFailed',
};

let created = 0;

/** A room that is not stored yet; each is newer than the one before. */
export function newRoom(more: Partial<Room> = {}): Room {
  const id = toId('room', randomBytes(16));
  created += 1;
  return {
    id,
    name: id.replace('rm_', 'room-'),
    maxParticipants: 10,
    metadata: {},
    locked: false,
    autoRecord: false,
    revision: 1,
    createdAt: new Date(Date.UTC(2026, 0) + created).toISOString(),
    epoch: 0,
    ...more,
  };
}

export function newNode(id: string, more: Partial<RegisterNodeBody> = {}): RegisterNodeBody {
  return {
    id,
    generation: 1,
    region: 'local',
    url: 'ws://localhost:7000/ws',
    linkUrl: 'ws://localhost:7000/link',
    capacity: 100,
    ...more,
  };
}

export function newGateway(id: string, more: Partial<RegisterGatewayBody> = {}): RegisterGatewayBody {
  const service = { kind: 'rtmp', hlsUrl: 'http://localhost:8088/hls', rtmpUrl: 'rtmp://localhost/live' } as const;
  return { id, generation: 1, region: 'local', service, capacity: 2, ...more };
}

export function newEgress(room: Room, gatewayId: string, more: Partial<PlacedEgress> = {}): PlacedEgress {
  created += 1;
  return {
    id: toId('egress', randomBytes(16)),
    room: { id: room.id, name: room.name },
    status: 'starting',
    layout: 'grid',
    encoding: { width: 640, height: 360, frameRate: 30, videoBitrateBps: 800_000, audioBitrateBps: 64_000 },
    outputs: [{ id: toId('output', randomBytes(16)), type: 'rtmp-pull', token: 'secret' }],
    gatewayId,
    hlsUrl: 'http://localhost:8088/hls',
    rtmpUrl: 'rtmp://localhost/live',
    createdAt: new Date(Date.UTC(2026, 0) + created).toISOString(),
    revision: 1,
    ...more,
  };
}
