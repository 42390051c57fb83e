import { Readable } from 'node:stream';
import { DynamoDbError } from './error.ts';
import type { Engine } from './engine.ts';
import type { Message } from './request.ts';

/** The part of an HTTP request of the AWS SDK that matters here. */
interface SdkRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * Answers come without waiting for anything, so that whoever asks again and again would keep timers and sockets waiting for
 * as long: they have their turn after this.
 */
const MAX_TURN_MS = 25;

/** What the AWS SDK calls instead of sending a request over the network (its `requestHandler` option). */
export function toRequestHandler(engine: Pick<Engine, 'execute'>) {
  let turnedMs = -Infinity;
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: SdkRequest) {
      if (performance.now() - turnedMs > MAX_TURN_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        turnedMs = performance.now();
      }
      const [statusCode, answer] = answerTo(engine, request);
      const body = Readable.from([Buffer.from(JSON.stringify(answer))]);
      return { response: { statusCode, headers: { 'content-type': 'application/x-amz-json-1.0' }, body } };
    },
    updateHttpClientConfig(): void {},
    httpHandlerConfigs: () => ({}),
    destroy(): void {},
  };
}

function answerTo(engine: Pick<Engine, 'execute'>, { headers, body }: SdkRequest): [number, Message] {
  const operation = headers['x-amz-target']?.split('.')[1] ?? '';
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body as Uint8Array);
  try {
    return [200, engine.execute(operation, JSON.parse(text) as Message)];
  } catch (error) {
    if (!(error instanceof DynamoDbError)) throw error;
    const type = `com.amazonaws.dynamodb.v20120810#${error.type}`;
    return [400, { ['__type']: type, message: error.message, ...error.fields }];
  }
}
