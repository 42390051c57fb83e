import { fromEnv } from '@aws-sdk/credential-provider-env';
import { awsSigner } from '@muon/service/aws-signer.ts';
import * as z from 'zod';

/** Versions of a secret are told apart by labels: which is in use, which is being made. */
export type SecretStage = 'AWSCURRENT' | 'AWSPENDING';

const secretValue = z.object({ SecretString: z.string(), VersionId: z.string() });

const secretDescription = z.object({ CreatedDate: z.number(), LastRotatedDate: z.number().optional() });

/** Its errors name themselves in `__type`. */
const refused = z.object({ __type: z.string() }).transform((answer) => answer['__type'].replace(/^.*#/, ''));

/** An answer of Secrets Manager other than what was asked for. */
export class SecretsError extends Error {
  override readonly name = 'SecretsError';
  /** As AWS names it, such as `ResourceNotFoundException`. */
  readonly code: string;

  constructor(code: string) {
    super(`Secrets Manager answers ${code}`);
    this.code = code;
  }
}

/** The few calls to AWS Secrets Manager that the functions make; its SDK would be a third of a function's size. */
export class Secrets {
  readonly #url: URL;
  readonly #sign;

  /** @param env the environment of a Lambda function */
  constructor(env: NodeJS.ProcessEnv) {
    const region = env['AWS_REGION'] ?? '';
    this.#url = new URL(env['AWS_ENDPOINT_URL_SECRETS_MANAGER'] ?? `https://secretsmanager.${region}.amazonaws.com/`);
    this.#sign = awsSigner({ service: 'secretsmanager', region, credentials: fromEnv() });
  }

  /** Undefined when there is no such version. */
  async read(id: string, stage: SecretStage = 'AWSCURRENT'): Promise<z.infer<typeof secretValue> | undefined> {
    try {
      return secretValue.parse(await this.#call('GetSecretValue', { SecretId: id, VersionStage: stage }));
    } catch (error) {
      if (error instanceof SecretsError && error.code === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  }

  /** When it was rotated, in seconds since 1970; when it was made, if it never was. */
  async rotatedAtSeconds(id: string): Promise<number> {
    const described = secretDescription.parse(await this.#call('DescribeSecret', { SecretId: id }));
    return described.LastRotatedDate ?? described.CreatedDate;
  }

  /** @param version names it, and makes a repetition harmless */
  async prepare(id: string, version: string, value: string): Promise<void> {
    const request = { SecretId: id, ClientRequestToken: version, SecretString: value, VersionStages: ['AWSPENDING'] };
    await this.#call('PutSecretValue', request);
  }

  async makeCurrent(id: string, version: string, instead: string): Promise<void> {
    const request = {
      SecretId: id,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: version,
      RemoveFromVersionId: instead,
    };
    await this.#call('UpdateSecretVersionStage', request);
  }

  async #call(action: string, request: object): Promise<unknown> {
    const body = JSON.stringify(request);
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `secretsmanager.${action}` };
    const signed = await this.#sign({ method: 'POST', url: this.#url, headers, body });
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: signed,
      body,
      signal: AbortSignal.timeout(5000),
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return answer;
    throw new SecretsError(refused.safeParse(answer).data ?? `HTTP ${response.status}`);
  }
}

/** How a setting that is a secret is given: `MUON_TURN_SECRET_ARN` says where `MUON_TURN_SECRET` is kept. */
const ARN_SUFFIX = '_ARN';

/** The environment with the secrets that it names. */
export async function withSecrets(env: NodeJS.ProcessEnv, secrets: Pick<Secrets, 'read'>): Promise<NodeJS.ProcessEnv> {
  const named = Object.entries(env).filter(([name]) => name.startsWith('MUON_') && name.endsWith(ARN_SUFFIX));
  const read = await Promise.all(
    named.map(async ([name, arn]) => {
      const found = await secrets.read(arn!);
      if (!found) throw new SecretsError(`nothing at ${name}`);
      return [name.slice(0, -ARN_SUFFIX.length), found.SecretString] as const;
    }),
  );
  return { ...env, ...Object.fromEntries(read) };
}
