import { randomBytes, randomUUID } from 'node:crypto';
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

/** What goes wrong with a request: not done at all, or done without anybody being told. */
export type Fault = 'throttled' | 'conflict' | 'answer-lost' | undefined;

/** Decides about each request; the operation is DynamoDB's, as `TransactWriteItems`. */
export type FaultSource = (operation: string) => Fault;

/** An empty store: in a DynamoDB where `DYNAMODB_ENDPOINT` names one, else in memory. `sent` has every request. */
export async function openTestStore(
  faultOf: FaultSource = () => undefined,
): Promise<{ store: Store; sent: readonly unknown[] }> {
  const endpoint = process.env['DYNAMODB_ENDPOINT'];
  const sent: unknown[] = [];
  const engine = {
    execute(operation: string, request: Record<string, unknown>) {
      sent.push(request);
      const fault = faultOf(operation);
      if (fault === 'throttled' || fault === 'conflict') throw toError(fault, operation, request);
      const answer = embedded.execute(operation, request);
      if (fault === 'answer-lost') throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
      return answer;
    },
  };
  const embedded = new Engine(':memory:');
  const requestHandler = toRequestHandler(engine);
  const client = new DynamoDBClient(
    endpoint
      ? { region: 'us-east-1', credentials, endpoint }
      : { region: 'local', credentials, endpoint: 'http://embedded', requestHandler },
  );
  const tableName = `muon-test-${randomUUID()}`;
  await client.send(new CreateTableCommand(toTableDefinition(tableName)));
  return { store: openStore(client, tableName), sent };
}

/** As DynamoDB says it. */
function toError(fault: 'throttled' | 'conflict', operation: string, request: Record<string, unknown>): Error {
  if (fault === 'throttled') return new DynamoDbError('ThrottlingException', 'Rate exceeded');
  if (operation !== 'TransactWriteItems') return new DynamoDbError('TransactionConflictException', 'Conflict');
  const CancellationReasons = (request['TransactItems'] as unknown[]).map((_, index) => ({
    Code: index === 0 ? 'TransactionConflict' : 'None',
  }));
  return new DynamoDbError('TransactionCanceledException', 'Cancelled', { CancellationReasons });
}

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
