import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resourcesOf, SynthesizedDeployment, type Template } from '@muon/infra/deployment.fixture.ts';
import { hlsOriginCode } from '@muon/infra/edge.ts';

let deployment: SynthesizedDeployment;
let template: Template;
beforeAll(() => {
  deployment = new SynthesizedDeployment();
  template = deployment.templateOf('edge');
});
afterAll(() => deployment[Symbol.dispose]());

describe('the function in front of HLS', () => {
  test('asks the host that runs the broadcast, and keeps its answers apart from those of others', () => {
    const { answer, origins } = call('/hls/i-0123456789abcdef0/eg_1/master.m3u8');
    expect(origins).toEqual([{ domainName: 'i-0123456789abcdef0.media.example.com' }]);
    expect(answer).toMatchObject({
      uri: '/hls/eg_1/master.m3u8',
      headers: { 'x-muon-host': { value: 'i-0123456789abcdef0' } },
    });
  });

  test.each([
    '/hls/eg_1/master.m3u8',
    '/hls/evil.example.com/eg_1/master.m3u8',
    '/hls/i-0123456789abcdef0.evil.example.com/x',
    '/hls/i-0123456789abcdef0',
    '/hls/../i-0123456789abcdef0/x',
    '/metrics',
  ])('asks nobody for %s', (uri) => {
    const { answer, origins } = call(uri);
    expect(answer).toMatchObject({ statusCode: 404 });
    expect(origins).toEqual([]);
  });
});

test('the certificate is where CloudFront looks for it, and old TLS is not spoken', () => {
  expect(deployment.stacks.edge.region).toBe('us-east-1');
  const [distribution] = resourcesOf(template, 'AWS::CloudFront::Distribution');
  expect(distribution!.Properties['DistributionConfig']).toMatchObject({
    Aliases: ['console.muon.example.com'],
    ViewerCertificate: { MinimumProtocolVersion: 'TLSv1.2_2021' },
  });
});

test('the API is never answered from the cache, broadcasts are by their whole query', () => {
  const [distribution] = resourcesOf(template, 'AWS::CloudFront::Distribution');
  const { CacheBehaviors } = distribution!.Properties['DistributionConfig'] as { CacheBehaviors: object[] };
  // CloudFront's own policy "CachingDisabled" has this id everywhere.
  expect(CacheBehaviors).toMatchObject([
    { PathPattern: '/v1/*', CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad' },
    { PathPattern: '/hls/*' },
  ]);
  template.hasResourceProperties('AWS::CloudFront::CachePolicy', {
    CachePolicyConfig: {
      ParametersInCacheKeyAndForwardedToOrigin: { QueryStringsConfig: { QueryStringBehavior: 'all' } },
    },
  });
});

test('nobody but the CDN reads the bucket of the console', () => {
  const policies = resourcesOf(template, 'AWS::S3::BucketPolicy').map(({ Properties }) => JSON.stringify(Properties));
  const console = policies.filter((policy) => policy.includes('s3:GetObject'));
  expect(console).toHaveLength(1);
  expect(console[0]).toContain('cloudfront.amazonaws.com');
});

/** Runs the function's code as CloudFront does, with its module in reach. */
function call(uri: string): { answer: unknown; origins: unknown[] } {
  const origins: unknown[] = [];
  const cf = { updateRequestOrigin: (origin: unknown) => origins.push(origin) };
  const code = hlsOriginCode('media.example.com').replace("import cf from 'cloudfront';", '');
  const handler = runInNewContext(`${code}; handler`, { cf }) as (event: object) => unknown;
  // What comes out of another realm is compared as what it says.
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  return { answer: plain(handler({ request: { uri, headers: {} } })), origins: plain(origins) as unknown[] };
}
