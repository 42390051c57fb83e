import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Host } from '../fleet/host.ts';
import { type AwsAnswer, ec2Error, FakeAwsApis, queryError } from './cloud.fixture.ts';
import { AwsCloud } from './cloud.ts';

const A = 'i-0000000000000000a';
const B = 'i-0000000000000000b';

let aws: FakeAwsApis;
let cloud: AwsCloud;

beforeEach(async () => {
  aws = new FakeAwsApis();
  const url = await aws.start();
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKID');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_ENDPOINT_URL', url);
  cloud = new AwsCloud({
    groups: ['muon-media', 'muon-sip'],
    zoneId: 'Z1',
    addressIds: ['eipalloc-1', 'eipalloc-2'],
    hooks: { launching: 'launching', terminating: 'terminating' },
    callTimeoutMs: 200,
  });
});

afterEach(() => {
  vi.unstubAllEnvs();
  aws.close();
});

describe('hosts', () => {
  test('are those of both groups, page after page, with the address that EC2 knows', async () => {
    aws.answerWith(
      groups([['muon-media', [[A, 'InService']]]], 'more'),
      groups([['muon-sip', [[B, 'Pending:Wait']]]]),
      instances([[A, '192.0.2.1']], 'more'),
      instances([[B, undefined]]),
    );
    expect(await cloud.hosts()).toEqual([
      { id: A, group: 'muon-media', state: 'InService', publicIp: '192.0.2.1' },
      { id: B, group: 'muon-sip', state: 'Pending:Wait', publicIp: undefined },
    ]);
    expect(aws.calls.map(({ action, params }) => [action, params['NextToken']])).toEqual([
      ['DescribeAutoScalingGroups', undefined],
      ['DescribeAutoScalingGroups', 'more'],
      ['DescribeInstances', undefined],
      ['DescribeInstances', 'more'],
    ]);
    expect(aws.calls[0]!.params).toMatchObject({
      'AutoScalingGroupNames.member.1': 'muon-media',
      'AutoScalingGroupNames.member.2': 'muon-sip',
    });
    expect(aws.calls[2]!.params).toMatchObject({
      'Filter.1.Name': 'instance-id',
      'Filter.1.Value.1': A,
      'Filter.1.Value.2': B,
    });
  });

  test('are none in groups without instances, and EC2 is not asked for all that there are', async () => {
    aws.answerWith(groups([['muon-media', []]]));
    expect(await cloud.hosts()).toEqual([]);
    expect(aws.calls).toHaveLength(1);
  });

  test('are asked of EC2 two hundred at a time: it takes no more values of a filter', async () => {
    const ids = Array.from({ length: 401 }, (_, index) => `i-${String(index).padStart(17, '0')}`);
    aws.answerWith(groups([['muon-media', ids.map((id) => [id, 'InService'] as const)]]), ({ params }) =>
      instances(Object.entries(params).flatMap(([name, id]) => (name.includes('Value') ? [[id, '192.0.2.9']] : []))),
    );
    const hosts = await cloud.hosts();
    expect(hosts.map(({ id }) => id)).toEqual(ids);
    expect(hosts.filter(({ publicIp }) => publicIp !== '192.0.2.9')).toEqual([]);
    const asked = aws.calls.slice(1).map(({ params }) => Object.keys(params).filter((name) => name.includes('Value')));
    expect(asked.map(({ length }) => length)).toEqual([200, 200, 1]);
  });
});

describe('addresses that stay', () => {
  test('are free, or a host has them', async () => {
    aws.answerWith([
      200,
      `<DescribeAddressesResponse><addressesSet>
        <item><allocationId>eipalloc-1</allocationId><instanceId>${A}</instanceId></item>
        <item><allocationId>eipalloc-2</allocationId><instanceId/></item>
      </addressesSet></DescribeAddressesResponse>`,
    ]);
    expect(await cloud.staticAddresses()).toEqual([
      { id: 'eipalloc-1', host: A, missing: false },
      { id: 'eipalloc-2', host: undefined, missing: false },
    ]);
    expect(aws.calls[0]!.params).toMatchObject({
      'Filter.1.Name': 'allocation-id',
      'Filter.1.Value.1': 'eipalloc-1',
      'Filter.1.Value.2': 'eipalloc-2',
    });
  });

  test('that somebody has released are told as missing, and the others all the same', async () => {
    aws.answerWith([
      200,
      '<DescribeAddressesResponse><addressesSet><item><allocationId>eipalloc-2</allocationId></item></addressesSet></DescribeAddressesResponse>',
    ]);
    expect(await cloud.staticAddresses()).toEqual([
      { id: 'eipalloc-1', host: undefined, missing: true },
      { id: 'eipalloc-2', host: undefined, missing: false },
    ]);
  });

  test('are asked for only where there are some: without ids, EC2 would tell all of the account', async () => {
    const options = { groups: [], zoneId: 'Z1', addressIds: [], hooks: { launching: 'l', terminating: 't' } };
    expect(await new AwsCloud(options).staticAddresses()).toEqual([]);
    expect(aws.calls).toEqual([]);
  });

  test('are given to a host, and never taken from another', async () => {
    aws.answerWith([200, '<AssociateAddressResponse><return>true</return></AssociateAddressResponse>']);
    await cloud.associate({ id: 'eipalloc-1' }, host('Pending:Wait'));
    expect(aws.calls[0]).toMatchObject({
      action: 'AssociateAddress',
      params: { AllocationId: 'eipalloc-1', InstanceId: A, AllowReassociation: 'false' },
    });
  });

  test('that another host has by now are told as an error', async () => {
    aws.answerWith(ec2Error('Resource.AlreadyAssociated', 'resource eipalloc-1 is already associated'));
    await expect(cloud.associate({ id: 'eipalloc-1' }, host('InService'))).rejects.toMatchObject({
      name: 'Resource.AlreadyAssociated',
    });
    expect(aws.calls).toHaveLength(1);
  });
});

describe('names', () => {
  test('are the address records of the zone, page after page', async () => {
    aws.answerWith(
      records(
        [
          record('media.example.com.', 'NS', ['ns-1.']),
          record('i-a.media.example.com.', 'A', ['192.0.2.1']),
          `<ResourceRecordSet><Name>alias.example.com.</Name><Type>A</Type><AliasTarget><HostedZoneId>Z2</HostedZoneId>
            <DNSName>x.</DNSName><EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget></ResourceRecordSet>`,
        ],
        ['turn.media.example.com.', 'A', 'i-b'],
      ),
      records([record('turn.media.example.com.', 'A', ['192.0.2.2'], 'i-b')]),
    );
    expect(await cloud.names()).toEqual([
      { name: 'i-a.media.example.com', address: '192.0.2.1', member: undefined },
      { name: 'turn.media.example.com', address: '192.0.2.2', member: 'i-b' },
    ]);
    const path = 'GET /2013-04-01/hostedzone/Z1/rrset';
    expect(aws.calls.map(({ action, params }) => [action, params])).toEqual([
      [path, {}],
      [path, { name: 'turn.media.example.com.', type: 'A', identifier: 'i-b' }],
    ]);
  });

  test('are put and removed together', async () => {
    aws.answerWith(changed());
    await cloud.change({
      put: [{ name: 'i-a.media.example.com', address: '192.0.2.1' }],
      remove: [{ name: 'turn.media.example.com', address: '192.0.2.2', member: 'i-b' }],
    });
    const [{ action, body } = { action: '', body: '' }] = aws.calls;
    expect(action).toBe('POST /2013-04-01/hostedzone/Z1/rrset');
    expect(changesIn(body)).toEqual([
      '<Action>UPSERT</Action><ResourceRecordSet><Name>i-a.media.example.com</Name><Type>A</Type><TTL>60</TTL>' +
        '<ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>',
      '<Action>DELETE</Action><ResourceRecordSet><Name>turn.media.example.com</Name><Type>A</Type>' +
        '<SetIdentifier>i-b</SetIdentifier><MultiValueAnswer>true</MultiValueAnswer><TTL>60</TTL>' +
        '<ResourceRecords><ResourceRecord><Value>192.0.2.2</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>',
    ]);
  });

  test('are changed five hundred at a time: Route 53 takes a thousand, and counts what is put twice', async () => {
    aws.answerWith(changed());
    const put = Array.from({ length: 501 }, (_, index) => ({ name: `i-${index}.example.com`, address: '192.0.2.1' }));
    await cloud.change({ put, remove: [] });
    expect(aws.calls.map(({ body }) => changesIn(body).length)).toEqual([500, 1]);
  });

  test('that Route 53 refuses to change are told as an error', async () => {
    aws.answerWith(queryError('InvalidChangeBatch', 'it was not found'));
    const remove = [{ name: 'gone.example.com', address: '192.0.2.1' }];
    await expect(cloud.change({ put: [], remove })).rejects.toMatchObject({ name: 'InvalidChangeBatch' });
  });
});

describe('a host that waits', () => {
  test.each([
    ['Pending:Wait', 'launching'],
    ['Terminating:Wait', 'terminating'],
  ])('in %s goes on by the hook %s', async (state, hook) => {
    aws.answerWith(completed());
    await cloud.release(host(state));
    expect(aws.calls[0]).toMatchObject({
      action: 'CompleteLifecycleAction',
      params: {
        AutoScalingGroupName: 'muon-media',
        LifecycleHookName: hook,
        InstanceId: A,
        LifecycleActionResult: 'CONTINUE',
      },
    });
  });

  test('and was let go already, as by the run before, is no error', async () => {
    aws.answerWith(queryError('ValidationError', `No active Lifecycle Action found with instance ID ${A}`));
    await expect(cloud.release(host('Terminating:Wait'))).resolves.toBeUndefined();
  });

  test('in a group that is not there is an error', async () => {
    aws.answerWith(queryError('ValidationError', 'AutoScalingGroup name not found - null'));
    await expect(cloud.release(host('Terminating:Wait'))).rejects.toThrow('not found');
  });
});

describe('AWS', () => {
  test('may fail for a moment', async () => {
    aws.answerWith(queryError('Throttling', 'Rate exceeded'), queryError('InternalFailure', '', 500), completed());
    await cloud.release(host('Pending:Wait'));
    expect(aws.calls).toHaveLength(3);
  });

  test('may leave a call without an answer', async () => {
    aws.answerWith(undefined, completed());
    await cloud.release(host('Pending:Wait'));
    expect(aws.calls).toHaveLength(2);
  });

  test('that never answers is an error, in good time', async () => {
    aws.answerWith(undefined);
    await expect(cloud.names()).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(aws.calls).toHaveLength(3);
  });

  test('that denies is an error at once', async () => {
    aws.answerWith(queryError('AccessDenied', 'not authorized', 403));
    await expect(cloud.hosts()).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(aws.calls).toHaveLength(1);
  });
});

function host(state: string): Host {
  return { id: A, group: 'muon-media', state };
}

function groups(
  list: readonly (readonly [name: string, members: readonly (readonly [id: string, state: string])[]])[],
  nextToken?: string,
): AwsAnswer {
  const found = list.map(([name, members]) => {
    const each = members.map(
      ([id, state]) => `<member><InstanceId>${id}</InstanceId><LifecycleState>${state}</LifecycleState></member>`,
    );
    return `<member><AutoScalingGroupName>${name}</AutoScalingGroupName><Instances>${each.join('')}</Instances></member>`;
  });
  const more = nextToken === undefined ? '' : `<NextToken>${nextToken}</NextToken>`;
  const result = `<AutoScalingGroups>${found.join('')}</AutoScalingGroups>${more}`;
  return [
    200,
    `<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult>${result}</DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>`,
  ];
}

function instances(list: readonly (readonly [id: string, ip: string | undefined])[], nextToken?: string): AwsAnswer {
  const found = list.map(
    ([id, ip]) =>
      `<item><instanceId>${id}</instanceId>${ip === undefined ? '' : `<ipAddress>${ip}</ipAddress>`}</item>`,
  );
  const sets = found.map((item) => `<item><instancesSet>${item}</instancesSet></item>`).join('');
  const more = nextToken === undefined ? '' : `<nextToken>${nextToken}</nextToken>`;
  return [
    200,
    `<DescribeInstancesResponse><reservationSet>${sets}</reservationSet>${more}</DescribeInstancesResponse>`,
  ];
}

function record(name: string, type: string, values: readonly string[], member?: string): string {
  const all = values.map((value) => `<ResourceRecord><Value>${value}</Value></ResourceRecord>`).join('');
  const own = member === undefined ? '' : `<SetIdentifier>${member}</SetIdentifier>`;
  return `<ResourceRecordSet><Name>${name}</Name><Type>${type}</Type>${own}<ResourceRecords>${all}</ResourceRecords></ResourceRecordSet>`;
}

function records(sets: readonly string[], next?: readonly [name: string, type: string, member: string]): AwsAnswer {
  const more = next
    ? `<NextRecordName>${next[0]}</NextRecordName><NextRecordType>${next[1]}</NextRecordType>
       <NextRecordIdentifier>${next[2]}</NextRecordIdentifier>`
    : '';
  return [
    200,
    `<ListResourceRecordSetsResponse><ResourceRecordSets>${sets.join('')}</ResourceRecordSets>
      <IsTruncated>${next !== undefined}</IsTruncated>${more}<MaxItems>300</MaxItems></ListResourceRecordSetsResponse>`,
  ];
}

function changesIn(body: string): string[] {
  return [...body.matchAll(/<Change>(.*?)<\/Change>/g)].map(([, change]) => change!);
}

function changed(): AwsAnswer {
  return [
    200,
    `<ChangeResourceRecordSetsResponse><ChangeInfo><Id>/change/C1</Id><Status>PENDING</Status>
      <SubmittedAt>2026-01-01T00:00:00Z</SubmittedAt></ChangeInfo></ChangeResourceRecordSetsResponse>`,
  ];
}

function completed(): AwsAnswer {
  return [200, '<CompleteLifecycleActionResponse><CompleteLifecycleActionResult/></CompleteLifecycleActionResponse>'];
}
