import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resourcesOf, SynthesizedDeployment, type Template } from '@muon/infra/deployment.fixture.ts';
import { MAX_USER_DATA_BYTES, toUserData } from '@muon/infra/user-data.ts';

let deployment: SynthesizedDeployment;
let template: Template;
beforeAll(() => {
  deployment = new SynthesizedDeployment();
  template = deployment.templateOf('media');
});
afterAll(() => deployment[Symbol.dispose]());

describe('the world reaches', () => {
  test('of a host for rooms: TLS and media of each node, RTMP, HLS and TURN', () => {
    expect(openPorts('MediaGroup')).toEqual(
      [
        ...[0, 1, 2, 3].flatMap((core) => [`tcp ${7000 + 10 * core}-${7001 + 10 * core}`, `udp ${7001 + 10 * core}`]),
        'tcp 1935',
        'tcp 3478',
        'tcp 8088',
        'udp 3478',
      ].sort((a, b) => a.localeCompare(b)),
    );
  });

  test('of a host for telephones: the sound of calls, and SIP from carriers alone', () => {
    expect(openPorts('SipGroup')).toEqual(['udp 20000-20999']);
    expect(openPorts('SipGroup', '192.0.2.0/24')).toEqual(['tcp 5060', 'udp 5060']);
  });

  test('links of nodes not at all: hosts alone do', () => {
    const rules = resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties);
    const ports = rules.map(({ FromPort }) => FromPort as number).sort((a, b) => a - b);
    expect(ports).toEqual([7002, 7002, 7012, 7012, 7022, 7022, 7032, 7032]);
    for (const rule of rules) expect(rule).toHaveProperty('SourceSecurityGroupId');
  });
});

describe('a host', () => {
  test('asks the metadata service for a session, has no key to log in with, and an encrypted disk', () => {
    const templates = resourcesOf(template, 'AWS::EC2::LaunchTemplate');
    expect(templates).toHaveLength(2);
    for (const { Properties } of templates) {
      const data = Properties['LaunchTemplateData'] as Record<string, unknown>;
      expect(data).toMatchObject({
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
        BlockDeviceMappings: [{ Ebs: { Encrypted: true } }],
      });
      expect(data).not.toHaveProperty('KeyName');
    }
  });

  test('is told what fits into user data, with names longer than AWS makes them', () => {
    const long = 'x'.repeat(512);
    const script = toUserData({
      MUON_ROLE: 'media',
      MUON_REGION: long,
      MUON_API_URL: long,
      MUON_MEDIA_DOMAIN: long,
      MUON_CDN_URL: long,
      MUON_NODES: 64,
      MUON_LOG_GROUP: long,
      MUON_RECORDINGS_BUCKET: long,
      MUON_TURN_SECRET_ARN: long,
      MUON_CERTIFICATE_ARN: long,
      MUON_STATIC_ADDRESSES: long,
      MUON_RELEASE: long,
      MUON_RELEASES_URL: long,
    });
    expect(Buffer.byteLength(script)).toBeLessThan(MAX_USER_DATA_BYTES);
  });

  test.each([
    [
      'MediaRole',
      [
        'acm:ExportCertificate',
        's3:AbortMultipartUpload',
        's3:DeleteObject',
        's3:PutObject',
        'secretsmanager:GetSecretValue',
      ],
    ],
    ['SipRole', []],
  ])(
    'as %s may fetch its release, speak to the control plane and log; one for rooms gets its secrets',
    (role, more) => {
      const allowed = statementsOf(role).flatMap(({ Action }) => Action);
      const every = ['execute-api:Invoke', 'logs:CreateLogStream', 'logs:PutLogEvents', 's3:GetObject'];
      expect(allowed.toSorted(byText)).toEqual([...every, ...more].toSorted(byText));
    },
  );

  test('for rooms may bring and delete recordings, and do nothing else with that bucket', () => {
    const statements = statementsOf('MediaRole').filter(({ Resource }) =>
      JSON.stringify(Resource).includes('Recordings'),
    );
    expect(statements.flatMap(({ Action }) => Action).toSorted(byText)).toEqual([
      's3:AbortMultipartUpload',
      's3:DeleteObject',
      's3:PutObject',
    ]);
    for (const { Resource } of statements) expect(JSON.stringify(Resource)).toContain('/eg_*');
    expect(JSON.stringify(statementsOf('SipRole'))).not.toContain('Recordings');
  });

  test.each([
    ['Media', 'muon-media'],
    ['Sip', 'muon-sip'],
  ])('%s has the role of its kind', (kind, group) => {
    const profiles = idsOf('AWS::IAM::InstanceProfile', `"Ref":"${kind}Role`);
    expect(profiles).toHaveLength(1);
    const templates = idsOf('AWS::EC2::LaunchTemplate', `"${profiles[0]}"`);
    expect(templates).toHaveLength(1);
    const groups = resourcesOf(template, 'AWS::AutoScaling::AutoScalingGroup').map(({ Properties }) => Properties);
    const told = groups.find((properties) => JSON.stringify(properties).includes(`"${templates[0]}"`));
    expect(told).toMatchObject({ AutoScalingGroupName: group });
  });

  test('waits to be let into service, and for its rooms to end, each for a bounded time', () => {
    const hooks = resourcesOf(template, 'AWS::AutoScaling::LifecycleHook').map(({ Properties }) => Properties);
    const terminating = hooks.filter((hook) => hook['LifecycleHookName'] === 'terminating');
    const launching = hooks.filter((hook) => hook['LifecycleHookName'] === 'launching');
    expect([terminating.length, launching.length]).toEqual([2, 2]);
    const { drainSeconds } = deployment.settings.media;
    for (const hook of terminating) {
      expect(hook).toMatchObject({ DefaultResult: 'CONTINUE' });
      expect(hook['HeartbeatTimeout']).toBeGreaterThan(drainSeconds);
      expect(hook['HeartbeatTimeout']).toBeLessThanOrEqual(7200);
    }
    for (const hook of launching) expect(hook).toMatchObject({ DefaultResult: 'ABANDON', HeartbeatTimeout: 900 });
  });
});

test('hosts are added by how much of the capacity is reserved, and are in every zone', () => {
  template.hasResourceProperties('AWS::AutoScaling::ScalingPolicy', {
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingConfiguration: {
      CustomizedMetricSpecification: { Namespace: 'Muon', MetricName: 'reservedPercent' },
      TargetValue: 60,
    },
  });
  const groups = resourcesOf(template, 'AWS::AutoScaling::AutoScalingGroup');
  expect(groups).toHaveLength(2);
  for (const { Properties } of groups) expect(Properties['VPCZoneIdentifier']).toHaveLength(3);
});

test('telephones have addresses that stay, one for each host', () => {
  expect(resourcesOf(template, 'AWS::EC2::EIP')).toHaveLength(deployment.settings.sip.hosts);
});

test('the certificate is for all hosts, and hosts may have its key', () => {
  template.hasResourceProperties('AWS::CertificateManager::Certificate', {
    DomainName: '*.media.muon.example.com',
    CertificateExport: 'ENABLED',
  });
});

test('the one that tends the fleet may change addresses of hosts and nothing else of the zone', () => {
  const change = statementsOf('Fleet').find(({ Action }) => Action === 'route53:ChangeResourceRecordSets');
  expect(change).toMatchObject({
    Condition: {
      'ForAllValues:StringEquals': { 'route53:ChangeResourceRecordSetsRecordTypes': ['A'] },
      'ForAllValues:StringLike': {
        'route53:ChangeResourceRecordSetsNormalizedRecordNames': ['*.media.muon.example.com'],
      },
    },
  });
});

test('the one that tends the fleet cannot write what users set up', () => {
  expect(statementsOf('Fleet').filter(({ Effect }) => Effect === 'Deny')).toEqual([
    {
      Effect: 'Deny',
      Action: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      Resource: { 'Fn::ImportValue': expect.stringMatching(/^MuonData:ExportsOutputFnGetAttTable\w+Arn/) as string },
      Condition: {
        'ForAnyValue:StringLike': {
          'dynamodb:LeadingKeys': ['AK#*', 'WEBHOOKS', 'INGRESSES', 'TRUNKS', 'RULES'],
        },
      },
    },
  ]);
});

interface Rule {
  readonly CidrIp?: string;
  readonly IpProtocol: string;
  readonly FromPort: number;
  readonly ToPort: number;
}

function openPorts(group: string, from = '0.0.0.0/0'): string[] {
  const found = Object.entries(template.findResources('AWS::EC2::SecurityGroup')).find(([id]) => id.startsWith(group));
  const { Properties } = found![1] as { Properties: { SecurityGroupIngress: Rule[] } };
  return Properties.SecurityGroupIngress.filter(({ CidrIp }) => CidrIp === from)
    .map(({ IpProtocol, FromPort, ToPort }) =>
      FromPort === ToPort ? `${IpProtocol} ${FromPort}` : `${IpProtocol} ${FromPort}-${ToPort}`,
    )
    .toSorted(byText);
}

/** Of the resources in whose properties the text stands. */
function idsOf(type: string, text: string): string[] {
  const found = Object.entries(template.findResources(type)) as [string, { Properties: unknown }][];
  return found.filter(([, { Properties }]) => JSON.stringify(Properties).includes(text)).map(([id]) => id);
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

function statementsOf(role: string): Statement[] {
  const found = Object.entries(template.findResources('AWS::IAM::Policy')).find(([id]) => id.startsWith(role));
  const { Properties } = found![1] as { Properties: { PolicyDocument: { Statement: Statement[] } } };
  return Properties.PolicyDocument.Statement;
}

function byText(a: unknown, b: unknown): number {
  return String(a).localeCompare(String(b));
}
