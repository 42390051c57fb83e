import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Handler } from '@muon/functions/handlers/api-gateway.ts';
import { toEvent } from '@muon/local/control-plane/event.ts';

export const INSTANCE = 'i-0123456789abcdef0';

const ACCESS_KEY = 'ASIATEST';

export interface FakeAwsOptions {
  /** Where the release and the certificate are. */
  readonly folder: string;
  /** The function behind the IAM authorizer. */
  readonly internal: Handler;
  readonly turnSecret: string;
}

/** What a host asks of AWS, by the documentation: metadata, a bucket, two secrets, and the HTTP API's IAM authorizer. */
export class FakeAws {
  /** What CloudWatch Logs has taken. */
  readonly logged: { readonly message: string }[] = [];
  readonly #options: FakeAwsOptions;
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  });

  constructor(options: FakeAwsOptions) {
    this.#options = options;
  }

  /** Its address. */
  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, 'http://127.0.0.1');
    if (url.pathname.startsWith('/latest/')) return void response.end(this.#metadata(request, url.pathname));
    const signed = request.headers.authorization?.startsWith(`AWS4-HMAC-SHA256 Credential=${ACCESS_KEY}/`) === true;
    if (!signed || request.headers['x-amz-security-token'] !== 'session') return fail(response, 403);
    if (url.pathname.startsWith('/releases/')) return this.#release(url.pathname, response);
    const body = await buffer(request);
    if (url.pathname.startsWith('/internal/')) return this.#invoke(request, response, url, body);
    const target = request.headers['x-amz-target'];
    const { Passphrase = '' } = JSON.parse(body.toString()) as { Passphrase?: string };
    if (target === 'Logs_20140328.CreateLogStream') return void response.end();
    if (target === 'Logs_20140328.PutLogEvents') {
      this.logged.push(...(JSON.parse(body.toString()) as { logEvents: { message: string }[] }).logEvents);
      return send(response, {});
    }
    if (target === 'secretsmanager.GetSecretValue') return send(response, { SecretString: this.#options.turnSecret });
    if (target === 'CertificateManager.ExportCertificate') return send(response, this.#certificate(Passphrase));
    fail(response, 400);
  }

  #metadata({ method, headers }: IncomingMessage, path: string): string {
    if (method === 'PUT') return 'metadata-session';
    if (headers['x-aws-ec2-metadata-token'] !== 'metadata-session') throw new Error('IMDSv2 asks for a session');
    const answers: Readonly<Record<string, string>> = {
      'instance-id': INSTANCE,
      'local-ipv4': '127.0.0.1',
      'public-ipv4': '127.0.0.1',
      'iam/security-credentials/': 'muon-host',
      'iam/security-credentials/muon-host': JSON.stringify(
        {
          Code: 'Success',
          AccessKeyId: ACCESS_KEY,
          SecretAccessKey: 'secret',
          Token: 'session',
          Expiration: new Date(Date.now() + 6 * 3_600_000).toISOString(),
        },
        undefined,
        2,
      ),
    };
    return answers[path.replace('/latest/meta-data/', '')]!;
  }

  #release(path: string, response: ServerResponse): void {
    const file = join(this.#options.folder, path);
    if (!existsSync(file)) return fail(response, 404);
    createReadStream(file).pipe(response);
  }

  async #invoke(request: IncomingMessage, response: ServerResponse, url: URL, body: Buffer): Promise<void> {
    const event = toEvent(request, url, body);
    const userArn = `arn:aws:sts::123456789012:assumed-role/muon-host/${INSTANCE}`;
    Object.assign(event.requestContext, { authorizer: { iam: { userArn } } });
    const { statusCode, headers, body: text } = await this.#options.internal(event);
    response.writeHead(statusCode ?? 500, headers as Record<string, string>).end(text);
  }

  /** As ACM exports one: the key under the passphrase. */
  #certificate(passphrase: string): object {
    const { folder } = this.#options;
    const options = ['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-in', join(folder, 'key.pem'), '-passout', 'stdin'];
    const input = Buffer.from(passphrase, 'base64');
    return {
      Certificate: readFileSync(join(folder, 'certificate.pem'), 'utf8'),
      CertificateChain: readFileSync(join(folder, 'certificate.pem'), 'utf8'),
      PrivateKey: execFileSync('openssl', options, { input, encoding: 'utf8' }),
    };
  }
}

function send(response: ServerResponse, answer: object): void {
  response.end(JSON.stringify(answer));
}

function fail(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}
