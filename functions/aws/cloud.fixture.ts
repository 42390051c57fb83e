import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A call of the SDK, as it comes over the wire. */
export interface AwsCall {
  /** Of the Query protocol, or method and path. */
  readonly action: string;
  /** Of the form that the Query protocol sends, or of the address. */
  readonly params: Readonly<Record<string, string>>;
  readonly body: string;
}

/** XML with a status; `undefined`: the call is never answered. */
export type AwsAnswer = readonly [status: number, xml: string] | undefined;

/** Auto Scaling, EC2 and Route 53 at one address, as their API references write what they answer. */
export class FakeAwsApis {
  readonly calls: AwsCall[] = [];
  readonly #answers: ((call: AwsCall) => AwsAnswer)[] = [];
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy());
  });

  /** Its address. */
  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await readCall(request);
    this.calls.push(call);
    const toAnswer = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0];
    const answer = toAnswer?.(call);
    if (answer) response.writeHead(answer[0], { 'content-type': 'text/xml' }).end(answer[1]);
  }

  /** What calls are answered, one after the other; the last for all that come. */
  answerWith(...answers: readonly (AwsAnswer | ((call: AwsCall) => AwsAnswer))[]): void {
    this.#answers.push(...answers.map((answer) => (typeof answer === 'function' ? answer : () => answer)));
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** As the Query protocol refuses. */
export function queryError(code: string, message: string, status = 400): AwsAnswer {
  return [status, `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`];
}

/** As EC2 does, which has a form of its own. */
export function ec2Error(code: string, message: string): AwsAnswer {
  return [
    400,
    `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors></Response>`,
  ];
}

async function readCall(request: IncomingMessage): Promise<AwsCall> {
  const { pathname, searchParams } = new URL(request.url!, 'http://aws');
  const body = await text(request);
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  const params = Object.fromEntries(isForm ? new URLSearchParams(body) : searchParams);
  return { action: params['Action'] ?? `${request.method} ${pathname}`, params, body };
}
