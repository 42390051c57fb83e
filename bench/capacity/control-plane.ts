import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createApiHandler } from '@muon/functions/handlers/api.ts';
import type { Handler } from '@muon/functions/handlers/api-gateway.ts';
import type { Dependencies } from '@muon/functions/handlers/context.ts';
import { createInternalHandler } from '@muon/functions/handlers/internal.ts';
import { createStreamHandler, type StreamHandler } from '@muon/functions/handlers/stream.ts';
import { newSigningKey } from '@muon/functions/http/world.fixture.ts';
import { KeyRing } from '@muon/functions/operations/key-ring.ts';
import { toTableDefinition } from '@muon/functions/store/schema.ts';
import { openStore } from '@muon/functions/store/store.ts';
import { Engine } from '@muon/local/dynamodb/engine.ts';
import { toRequestHandler } from '@muon/local/dynamodb/request-handler.ts';
import type { ChangedKeys } from '@muon/local/dynamodb/stream.ts';
import { secretSigner } from '@muon/service/request-signer.ts';
import type { APIGatewayProxyEventV2, DynamoDBRecord } from 'aws-lambda';
import { CapacityMeter } from './meter.ts';

const API_KEY = `mk_capacity_${'x'.repeat(32)}`;
const SECRET = 's'.repeat(32);

/** The functions on a metered table, called as API Gateway and the table's stream call them. */
export class MeteredControlPlane {
  readonly meter: CapacityMeter;
  readonly #dependencies: Dependencies;
  readonly #sign = secretSigner(SECRET);
  #api: Handler | undefined;
  #internal: Handler | undefined;
  #stream: StreamHandler | undefined;
  #written: ChangedKeys[] = [];
  #streamCalls = 0;

  private constructor(meter: CapacityMeter, dependencies: Dependencies) {
    this.meter = meter;
    this.#dependencies = dependencies;
  }

  static async open(): Promise<MeteredControlPlane> {
    // It stands, so that what is kept for a while is kept or not by choice alone.
    const nowMs = Date.now();
    const engine = new Engine(
      ':memory:',
      () => nowMs,
      (changes) => controlPlane.#written.push(...changes),
    );
    const meter = new CapacityMeter(engine);
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const common = { region: 'local', credentials, endpoint: 'http://embedded' };
    const definition = new CreateTableCommand(toTableDefinition('muon'));
    await new DynamoDBClient({ ...common, requestHandler: toRequestHandler(engine) }).send(definition);
    const store = openStore(new DynamoDBClient({ ...common, requestHandler: toRequestHandler(meter) }), 'muon');
    const settings = {
      MUON_SIGNING_KEY: newSigningKey(),
      MUON_INTERNAL_SECRET: SECRET,
      MUON_HEARTBEAT_INTERVAL_MS: 5000,
      MUON_LONG_POLL_MS: 0,
      MUON_API_RATE: 100_000,
      MUON_WEBHOOK_TARGETS: 'loopback' as const,
      MUON_TURN_URLS: [],
      MUON_TURN_SECRET: '',
    };
    const log = {
      error(fields: object): void {
        throw new Error('a request failed', { cause: fields });
      },
    };
    const controlPlane: MeteredControlPlane = new MeteredControlPlane(meter, {
      store,
      settings,
      log,
      clock: () => nowMs,
    });
    await new KeyRing(store.apiKeys, () => nowMs).ensure(API_KEY, new Date(nowMs).toISOString());
    return controlPlane;
  }

  /** From now on by instances of the functions that have kept nothing yet. */
  restart(): void {
    this.#api = undefined;
    this.#internal = undefined;
    this.#stream = undefined;
  }

  async call<Body>(method: string, path: string, body?: object, bearer = API_KEY): Promise<Body> {
    this.#api ??= createApiHandler(() => this.#dependencies);
    return this.#invoke<Body>(this.#api, method, path, { authorization: `Bearer ${bearer}` }, body);
  }

  async callInternal<Body>(path: string, body: object): Promise<Body> {
    this.#internal ??= createInternalHandler(() => this.#dependencies);
    const url = new URL(path, 'http://localhost');
    const headers = await this.#sign({ method: 'POST', url, body: JSON.stringify(body) });
    return this.#invoke<Body>(this.#internal, 'POST', path, headers, body);
  }

  /** What the table's stream leads to, until nothing is written any more. */
  async drainStream(): Promise<void> {
    this.#stream ??= createStreamHandler(() => this.#dependencies);
    while (this.#written.length > 0) {
      const wanted = this.#written.filter(
        ({ eventName, keys: { sk } }) => eventName === 'INSERT' && sk && 'S' in sk && sk.S.startsWith('EV#'),
      );
      this.#written = [];
      const Records = wanted.map(({ eventName, keys }): DynamoDBRecord => ({ eventName, dynamodb: { Keys: keys } }));
      if (Records.length === 0) continue;
      this.#streamCalls += 1;
      await this.#stream({ Records });
    }
  }

  /** How often the stream called a function since this was asked last. */
  takeStreamCalls(): number {
    const calls = this.#streamCalls;
    this.#streamCalls = 0;
    return calls;
  }

  async #invoke<Body>(
    handler: Handler,
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: object,
  ): Promise<Body> {
    const http = { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: '' };
    const { statusCode = 0, body: text = '' } = await handler({
      version: '2.0',
      rawPath: path,
      rawQueryString: '',
      headers,
      requestContext: { requestId: 'request-1', domainName: 'localhost', http },
      ...(body ? { body: JSON.stringify(body) } : {}),
    } as APIGatewayProxyEventV2);
    if (statusCode >= 300) throw new Error(`${method} ${path}: ${statusCode} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as Body;
  }
}
