import { join } from 'node:path';
import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { timeToLive, toTableDefinition } from '@muon/functions/store/schema.ts';
import { Engine } from '../dynamodb/engine.ts';
import type { ChangedKeys } from '../dynamodb/stream.ts';
import { toRequestHandler } from '../dynamodb/request-handler.ts';

/** How often what has expired is deleted. */
const SWEEP_INTERVAL_MS = 60_000;

export interface DatabaseOptions {
  readonly tableName: string;
  /** Where the embedded database keeps its file. */
  readonly dataDir: string;
  /** A DynamoDB elsewhere, in place of the embedded one. */
  readonly endpoint?: string | undefined;
  /** Is told of what was written to the embedded one. */
  readonly changed?: (changes: readonly ChangedKeys[]) => void;
}

export interface Database {
  readonly client: DynamoDBClient;
  close(): void;
}

/** A DynamoDB with the table in it. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const database = options.endpoint === undefined ? openEmbedded(options) : openRemote(options.endpoint);
  try {
    const { client } = database;
    await client.send(new CreateTableCommand(toTableDefinition(options.tableName)));
    await waitUntilTableExists({ client, maxWaitTime: 60 }, { TableName: options.tableName });
    await client.send(
      new UpdateTimeToLiveCommand({ TableName: options.tableName, TimeToLiveSpecification: timeToLive }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  return database;
}

/** Credentials and region mean nothing to a database in this process, but the SDK wants them. */
const LOCAL = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

function openEmbedded({ dataDir, changed }: DatabaseOptions): Database {
  const engine = new Engine(join(dataDir, 'control-plane.sqlite'), Date.now, changed);
  const sweep = setInterval(() => engine.sweep(), SWEEP_INTERVAL_MS).unref();
  return {
    client: new DynamoDBClient({ ...LOCAL, endpoint: 'http://embedded', requestHandler: toRequestHandler(engine) }),
    close: () => {
      clearInterval(sweep);
      engine.close();
    },
  };
}

function openRemote(endpoint: string): Database {
  const client = new DynamoDBClient({ ...(process.env['AWS_ACCESS_KEY_ID'] ? {} : LOCAL), endpoint });
  return { client, close: () => client.destroy() };
}
