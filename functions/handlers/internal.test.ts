import { createHmac } from 'node:crypto';
import { INTERNAL_AUTH_SCHEME, internalSigningInput } from '@muon/contract/internal.ts';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { beforeAll, describe, expect, test } from 'vitest';
import { verifySignature } from '../http/signature.ts';
import { newSigningKey } from '../http/world.fixture.ts';
import { openTestStore } from '../store/store.fixture.ts';
import type { Handler } from './api-gateway.ts';
import { createInternalHandler } from './internal.ts';
import { functionSettings } from './settings.ts';

const OWN = 'arn:aws:sts::123456789012:assumed-role/muon-media/i-0123456789abcdef0';
const node = {
  id: 'nd_i-0123456789abcdef0-0',
  generation: 1,
  region: 'eu-central-1',
  url: 'wss://a.example.com:7000/ws',
  linkUrl: 'ws://10.0.0.1:8000/link',
  capacity: 10,
};

describe('behind an IAM authorizer', () => {
  let handler: Handler;
  beforeAll(async () => {
    const { store } = await openTestStore();
    const settings = functionSettings.parse({ MUON_SIGNING_KEY: newSigningKey(), MUON_INTERNAL_SECRET: 'iam' });
    handler = createInternalHandler(() => ({ store, settings, log: console }));
  });

  test('an instance registers a node of its own', async () => {
    expect(await handler(eventOf(OWN))).toMatchObject({ statusCode: 200 });
  });

  test.each([
    ['another instance', OWN.replace('abcdef0', 'abcdef1'), 403],
    ['a person', 'arn:aws:iam::123456789012:user/ada', 401],
    ['nobody', undefined, 401],
  ])('%s does not', async (_, arn, statusCode) => {
    expect(await handler(eventOf(arn))).toMatchObject({ statusCode });
  });

  test('the word for no secret is none: what is signed with it opens nothing', async () => {
    const event = eventOf(undefined);
    const [method, path, body] = ['POST', event.rawPath, event.body!];
    const seconds = Math.floor(Date.now() / 1000);
    const v = createHmac('sha256', 'iam')
      .update(internalSigningInput(seconds, method, path, body))
      .digest('hex');
    const authorization = `${INTERNAL_AUTH_SCHEME} t=${seconds},v=${v}`;
    // Were it a secret, this would be good.
    verifySignature('iam', { authorization, method, path, body }, Date.now());
    event.headers['authorization'] = authorization;
    expect(await handler(event)).toMatchObject({ statusCode: 401 });
  });
});

function eventOf(userArn: string | undefined): APIGatewayProxyEventV2 {
  const http = { method: 'POST', path: '/internal/nodes', protocol: 'HTTP/1.1', sourceIp: '10.0.0.1', userAgent: '' };
  const requestContext = {
    requestId: 'request-1',
    domainName: 'api.example.com',
    http,
    ...(userArn === undefined ? {} : { authorizer: { iam: { userArn } } }),
  };
  const rest = { version: '2.0', rawPath: http.path, rawQueryString: '', headers: {}, body: JSON.stringify(node) };
  return { ...rest, requestContext } as unknown as APIGatewayProxyEventV2;
}
