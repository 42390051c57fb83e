import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createKeyAgeCheck, createRotateHandler, type RotationEvent } from '../handlers/rotate.ts';
import { Signer } from '../operations/signer.ts';
import { Secrets, withSecrets } from './secrets.ts';

/** Secrets Manager, as far as its documentation says what these calls do. */
class FakeSecretsManager {
  /** Of the one secret: versions, and which has which label. */
  readonly versions = new Map<string, string>([['v1', 'made by CloudFormation']]);
  readonly stages = new Map<string, string>([['AWSCURRENT', 'v1']]);
  described: { readonly LastRotatedDate?: number } = {};
  readonly server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const authorized = request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 Credential=AKID/') === true;
      const action = String(request.headers['x-amz-target']).replace('secretsmanager.', '');
      const answer = authorized ? this.#answer(action, JSON.parse(body) as Record<string, string>) : undefined;
      response.statusCode = answer ? 200 : 400;
      response.end(JSON.stringify(answer ?? { __type: 'com.amazonaws#ResourceNotFoundException' }));
    });
  });

  #answer(action: string, request: Record<string, string>): object | undefined {
    if (action === 'DescribeSecret') return { CreatedDate: 1_767_000_000.5, ...this.described };
    if (action === 'GetSecretValue') {
      const VersionId = this.stages.get(request['VersionStage']!);
      return (VersionId && { VersionId, SecretString: this.versions.get(VersionId) }) || undefined;
    }
    if (action === 'PutSecretValue') {
      this.versions.set(request['ClientRequestToken']!, request['SecretString']!);
      this.stages.set(request['VersionStages']![0]!, request['ClientRequestToken']!);
      return {};
    }
    if (this.stages.get('AWSCURRENT') !== request['RemoveFromVersionId']) return undefined;
    this.stages.set(request['VersionStage']!, request['MoveToVersionId']!);
    return {};
  }

  get current(): string {
    return this.versions.get(this.stages.get('AWSCURRENT')!)!;
  }
}

let fake: FakeSecretsManager;
let secrets: Secrets;
beforeEach(async () => {
  fake = new FakeSecretsManager();
  fake.server.listen(0, '127.0.0.1');
  await once(fake.server, 'listening');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKID');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  const url = `http://127.0.0.1:${(fake.server.address() as AddressInfo).port}/`;
  secrets = new Secrets({ AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL_SECRETS_MANAGER: url });
});
afterEach(() => {
  vi.unstubAllEnvs();
  fake.server.close();
  fake.server.closeAllConnections();
});

test('a setting that names a secret gets what it keeps', async () => {
  const env = await withSecrets({ MUON_TURN_SECRET_ARN: 'arn', MUON_TABLE: 'muon', OTHER_ARN: 'x' }, secrets);
  expect(env).toMatchObject({ MUON_TURN_SECRET: 'made by CloudFormation', MUON_TABLE: 'muon' });
  expect(env).not.toHaveProperty('OTHER');
});

test('a secret that is not there stops the function', async () => {
  fake.stages.clear();
  await expect(withSecrets({ MUON_TURN_SECRET_ARN: 'arn' }, secrets)).rejects.toThrow('MUON_TURN_SECRET_ARN');
});

test('tells each time how long ago the keys were rotated, or made if they never were', async () => {
  const lines: string[] = [];
  const clock = (): number => (1_767_000_000.5 + 60 * 86_400) * 1000;
  const check = createKeyAgeCheck({ open: () => secrets, write: (line) => void lines.push(line), clock });
  await check({ checkAgeOf: 'arn' });
  fake.described = { LastRotatedDate: 1_767_000_000.5 + 45 * 86_400 };
  await check({ checkAgeOf: 'arn' });
  const told = lines.map((line) => JSON.parse(line) as object);
  expect(told).toMatchObject([{ signingKeyAgeDays: 60 }, { signingKeyAgeDays: 15 }]);
  const Metrics = [{ Name: 'signingKeyAgeDays', Unit: 'None' }];
  expect(told[0]).toMatchObject({ _aws: { CloudWatchMetrics: [{ Namespace: 'Muon', Dimensions: [[]], Metrics }] } });
});

describe('a rotation', () => {
  const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
  const rotate = async (version: string): Promise<void> => {
    const handler = createRotateHandler(() => secrets);
    // Secrets Manager may ask for each step more than once.
    for (const Step of steps.flatMap((step) => [step, step]))
      await handler({ SecretId: 'arn', ClientRequestToken: version, Step } satisfies RotationEvent);
  };
  const open = (): Promise<Signer> => Signer.open(fake.current, Date.now);

  test('makes the first keys of whatever was there', async () => {
    await rotate('v2');
    expect((await open()).publicKeys).toHaveLength(2);
  });

  test('lets a key sign that nodes have known since the last one, and keeps the one before', async () => {
    await rotate('v2');
    const before = (await open()).publicKeys.map(({ kid }) => kid);
    await rotate('v3');
    const after = (await open()).publicKeys.map(({ kid }) => kid);
    expect([after[0], after[2]]).toEqual([before[1], before[0]]);
    await rotate('v4');
    expect((await open()).publicKeys.map(({ kid }) => kid)).toHaveLength(3);
  });

  test('does not end before the new keys are there', async () => {
    const handler = createRotateHandler(() => secrets);
    const event = { SecretId: 'arn', ClientRequestToken: 'v2', Step: 'finishSecret' } as const;
    await expect(handler(event)).rejects.toThrow('before');
    expect(fake.current).toBe('made by CloudFormation');
  });
});
