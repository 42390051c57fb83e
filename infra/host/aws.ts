import { createPrivateKey, randomBytes } from 'node:crypto';
import { awsSigner } from '@muon/service/aws-signer.ts';
import { instanceRole } from '@muon/service/instance-role.ts';
import * as z from 'zod';
import type { LogEvent } from './logs.ts';

const secretValue = z.object({ SecretString: z.string() });

const exportedCertificate = z.object({ Certificate: z.string(), CertificateChain: z.string(), PrivateKey: z.string() });

/** By what AWS calls each where an endpoint is given by the environment. */
const ENDPOINTS = { secretsmanager: 'SECRETS_MANAGER', acm: 'ACM', logs: 'CLOUDWATCH_LOGS' } as const;

/** What a host asks of AWS, as the role of its instance. */
export class HostAws {
  readonly #region: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #credentials = instanceRole();

  constructor(region: string, env: NodeJS.ProcessEnv = process.env) {
    this.#region = region;
    this.#env = env;
  }

  async readSecret(arn: string): Promise<string> {
    const answer = await this.#call('secretsmanager', 'secretsmanager.GetSecretValue', { SecretId: arn });
    return secretValue.parse(answer).SecretString;
  }

  /**
   * The certificate, its chain and its key, as one PEM file. The key travels encrypted for this one answer, besides the
   * TLS around it.
   */
  async exportCertificate(arn: string): Promise<string> {
    const passphrase = randomBytes(32).toString('hex');
    const request = { CertificateArn: arn, Passphrase: Buffer.from(passphrase).toString('base64') };
    const answer = await this.#call('acm', 'CertificateManager.ExportCertificate', request);
    const { Certificate, CertificateChain, PrivateKey } = exportedCertificate.parse(answer);
    const key = createPrivateKey({ key: PrivateKey, passphrase }).export({ type: 'pkcs8', format: 'pem' });
    return [Certificate, CertificateChain, String(key)].map((part) => `${part.trim()}\n`).join('');
  }

  /** A stream that is there already stays. */
  async createLogStream(logGroupName: string, logStreamName: string): Promise<void> {
    await this.#call('logs', 'Logs_20140328.CreateLogStream', { logGroupName, logStreamName }).catch((error: Error) => {
      if (!error.message.includes('ResourceAlreadyExistsException')) throw error;
    });
  }

  async putLogs(logGroupName: string, logStreamName: string, logEvents: readonly LogEvent[]): Promise<void> {
    await this.#call('logs', 'Logs_20140328.PutLogEvents', { logGroupName, logStreamName, logEvents });
  }

  async #call(service: keyof typeof ENDPOINTS, target: string, request: object): Promise<unknown> {
    const given = this.#env[`AWS_ENDPOINT_URL_${ENDPOINTS[service]}`];
    const url = new URL(given ?? `https://${service}.${this.#region}.amazonaws.com/`);
    const body = JSON.stringify(request);
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
    const sign = awsSigner({ service, region: this.#region, credentials: this.#credentials });
    const signed = await sign({ method: 'POST', url, headers, body });
    const response = await fetch(url, { method: 'POST', headers: signed, body, signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`${target} is answered ${response.status}: ${await response.text()}`);
    const text = await response.text();
    return text === '' ? undefined : JSON.parse(text);
  }
}
