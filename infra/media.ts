import { Duration, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnEIP, type IVpc, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { acknowledgeWildcards } from './acknowledge.ts';
import type { ApiStack } from './api.ts';
import type { Bundles } from './bundles.ts';
import type { DataStack } from './data.ts';
import { Hosts, LAUNCHING_HOOK, TERMINATING_HOOK } from './hosts.ts';
import { MuonFunction } from './muon-function.ts';
import { makeVpc, openMediaPorts, openSipPorts } from './network.ts';
import type { DeploymentSettings } from './settings.ts';
import { toUserData } from './user-data.ts';

export interface MediaProps extends StackProps {
  readonly bundles: Bundles;
  readonly settings: DeploymentSettings;
  readonly data: DataStack;
  readonly api: ApiStack;
  readonly zone: IHostedZone;
  readonly mediaDomain: string;
  /** Where players find broadcasts. */
  readonly cdnUrl: string;
}

/** The names of the groups, which the function that tends them is told without a circle. */
const GROUPS = { media: 'muon-media', sip: 'muon-sip' } as const;

/** After the last room was moved, before the host is taken down. */
const GRACE_SECONDS = 200;

/** The media fleet: hosts for rooms, hosts for telephones, and what tends both. */
export class MediaStack extends Stack {
  readonly media: Hosts;
  readonly sip: Hosts;
  readonly fleet: MuonFunction;
  /** Auto Scaling tells here what it did. */
  readonly events: Topic;
  readonly #props: MediaProps;
  readonly #hostLog: LogGroup;

  constructor(scope: Construct, id: string, props: MediaProps) {
    super(scope, id, props);
    this.#props = props;
    const { settings, zone, mediaDomain } = props;
    this.events = new Topic(this, 'Events', { enforceSSL: true });
    this.#hostLog = new LogGroup(this, 'HostLog', { retention: RetentionDays.ONE_MONTH });
    const vpc = makeVpc(this);
    const groups = {
      media: new SecurityGroup(this, 'MediaGroup', { vpc, description: 'Muon: hosts for rooms' }),
      sip: new SecurityGroup(this, 'SipGroup', { vpc, description: 'Muon: hosts for telephones' }),
    };
    openMediaPorts(groups.media, [groups.media, groups.sip], settings.media.nodes);
    openSipPorts(groups.sip, settings.sip.carriers);
    const certificate = new Certificate(this, 'Certificate', {
      domainName: `*.${mediaDomain}`,
      validation: CertificateValidation.fromDns(zone),
      allowExport: true,
    });
    const addresses = Array.from(
      { length: settings.sip.hosts },
      (_, index) => new CfnEIP(this, `Address${index}`, { tags: [{ key: 'Name', value: GROUPS.sip }] }),
    );
    const roles = { media: this.#makeRole('MediaRole'), sip: this.#makeRole('SipRole') };
    // Recordings are brought, deleted where somebody asks for it, and never read; a part that failed is taken back.
    for (const action of ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'])
      allow(roles.media, action, props.data.recordings.arnForObjects('eg_*'));
    acknowledgeWildcards(
      roles.media,
      'A recording is named after its broadcast, which nobody knows before it is there.',
      [
        // As CDK names the bucket of the other stack.
        'MuonData:ExportsOutputFnGetAttRecordingsA3BDCC51Arn3BFBEDAD/eg_*',
      ],
    );
    allow(roles.media, 'acm:ExportCertificate', certificate.certificateArn);
    allow(roles.media, 'secretsmanager:GetSecretValue', props.data.turnSecret.secretArn);
    this.media = this.#makeHosts('media', {
      vpc,
      securityGroup: groups.media,
      role: roles.media,
      certificate,
      addresses: [],
    });
    this.sip = this.#makeHosts('sip', { vpc, securityGroup: groups.sip, role: roles.sip, certificate, addresses });
    this.media.group.scaleToTrackMetric('Reserved', {
      metric: fleetMetric('reservedPercent'),
      targetValue: settings.media.reservedPercent,
    });
    this.fleet = this.#makeFleet(addresses);
  }

  /** CloudFormation finds them where it deploys: synthesis asks nobody. */
  override get availabilityZones(): string[] {
    const { zones } = this.#props.settings;
    return Array.from({ length: zones }, (_, index) => Fn.select(index, Fn.getAzs()));
  }

  /** What every host may: fetch its release, speak to the control plane for itself, and log. */
  #makeRole(id: string): Role {
    const { data, api } = this.#props;
    const role = new Role(this, id, { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    const internal = this.formatArn({
      service: 'execute-api',
      resource: api.httpApi.apiId,
      resourceName: '$default/POST/internal/*',
    });
    const release = data.releases.arnForObjects(`${this.#props.settings.release}.tar.gz`);
    this.#hostLog.grantWrite(role);
    allow(role, 'execute-api:Invoke', internal);
    allow(role, 's3:GetObject', release);
    acknowledgeWildcards(
      role,
      'Every route that nodes call, and no other; the function binds each call to its instance.',
      [
        // As CDK names the API of the other stack.
        this.#arn('execute-api', 'MuonApi:ExportsOutputRefHttpApiF5A9A8A7F70B5BDD/$default/POST/internal/*'),
      ],
    );
    return role;
  }

  #makeHosts(
    role: 'media' | 'sip',
    props: {
      readonly vpc: IVpc;
      readonly securityGroup: SecurityGroup;
      readonly role: Role;
      readonly certificate: Certificate;
      readonly addresses: readonly CfnEIP[];
    },
  ): Hosts {
    const { settings, data, api, mediaDomain, cdnUrl } = this.#props;
    const userData = toUserData({
      MUON_ROLE: role,
      MUON_REGION: this.region,
      MUON_API_URL: api.url,
      MUON_MEDIA_DOMAIN: mediaDomain,
      MUON_CDN_URL: cdnUrl,
      MUON_NODES: settings.media.nodes,
      MUON_LOG_GROUP: this.#hostLog.logGroupName,
      MUON_RECORDINGS_BUCKET: data.recordings.bucketName,
      MUON_TURN_SECRET_ARN: data.turnSecret.secretArn,
      MUON_CERTIFICATE_ARN: props.certificate.certificateArn,
      MUON_STATIC_ADDRESSES: props.addresses.map(({ ref }) => ref).join(','),
      MUON_RELEASE: settings.release,
      MUON_RELEASES_URL: `https://${data.releases.bucketRegionalDomainName}`,
    });
    const { instanceType } = settings[role];
    const size =
      role === 'media'
        ? { min: settings.media.minHosts, max: settings.media.maxHosts }
        : { min: settings.sip.hosts, max: settings.sip.hosts };
    return new Hosts(this, role === 'media' ? 'Media' : 'Sip', {
      name: GROUPS[role],
      ...props,
      ...size,
      instanceType,
      userData,
      endSeconds: settings.media.drainSeconds + GRACE_SECONDS,
      events: this.events,
    });
  }

  /** It runs every minute, and at once when a host starts or is to end. */
  #makeFleet(addresses: readonly CfnEIP[]): MuonFunction {
    const { bundles, data, zone, mediaDomain, settings } = this.#props;
    const fleet = new MuonFunction(this, 'Fleet', {
      bundle: bundles.pathOf('fleet'),
      description: 'Muon: names hosts, lets them into service, and lets them go when their rooms have ended',
      timeout: Duration.seconds(50),
      memorySize: 512,
      reservedConcurrentExecutions: 1,
      environment: {
        MUON_TABLE: data.table.tableName,
        MUON_MEDIA_DOMAIN: mediaDomain,
        MUON_MEDIA_GROUP: GROUPS.media,
        MUON_SIP_GROUP: GROUPS.sip,
        MUON_ZONE_ID: zone.hostedZoneId,
        MUON_SIP_ADDRESS_IDS: addresses.map(({ attrAllocationId }) => attrAllocationId).join(','),
        MUON_LAUNCHING_HOOK: LAUNCHING_HOOK,
        MUON_TERMINATING_HOOK: TERMINATING_HOOK,
        MUON_DRAIN_SECONDS: String(settings.media.drainSeconds),
      },
    });
    this.#allow(fleet, addresses);
    const target = new LambdaFunction(fleet, { retryAttempts: 0 });
    void new Rule(this, 'EveryMinute', { schedule: Schedule.rate(Duration.minutes(1)), targets: [target] });
    void new Rule(this, 'HostChanges', {
      eventPattern: {
        source: ['aws.autoscaling'],
        detailType: ['EC2 Instance-launch Lifecycle Action', 'EC2 Instance-terminate Lifecycle Action'],
        detail: { AutoScalingGroupName: Object.values(GROUPS) },
      },
      targets: [target],
    });
    return fleet;
  }

  /** Of this account and region, as findings write it. */
  #arn(service: string, rest: string): string {
    return `arn:<AWS::Partition>:${service}:${this.region}:${this.account}:${rest}`;
  }

  #allow(fleet: MuonFunction, addresses: readonly CfnEIP[]): void {
    const { data, zone, mediaDomain } = this.#props;
    const { tableArn } = data.table;
    fleet.may(['dynamodb:Query', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'], [tableArn, `${tableArn}/index/gsi1`]);
    fleet.mayNotSetUp(tableArn);
    fleet.may(['autoscaling:DescribeAutoScalingGroups', 'ec2:DescribeInstances', 'ec2:DescribeAddresses'], ['*']);
    const groups = Object.values(GROUPS).map(
      (name) =>
        `arn:${this.partition}:autoscaling:${this.region}:${this.account}:autoScalingGroup:*:autoScalingGroupName/${name}`,
    );
    fleet.may(['autoscaling:CompleteLifecycleAction'], groups);
    acknowledgeWildcards(
      fleet.role!,
      'Groups are told by name: their other half is made when they are.',
      Object.values(GROUPS).map((name) => this.#arn('autoscaling', `autoScalingGroup:*:autoScalingGroupName/${name}`)),
    );
    acknowledgeWildcards(fleet.role!, 'Hosts come and go; the addresses that they may be given are ours alone.', [
      this.#arn('ec2', 'instance/*'),
      this.#arn('ec2', 'network-interface/*'),
    ]);
    const eips = addresses.map(({ attrAllocationId }) =>
      this.formatArn({ service: 'ec2', resource: 'elastic-ip', resourceName: attrAllocationId }),
    );
    const theirs = ['instance', 'network-interface'].map((resource) =>
      this.formatArn({ service: 'ec2', resource, resourceName: '*' }),
    );
    if (eips.length > 0) fleet.may(['ec2:AssociateAddress'], [...eips, ...theirs]);
    fleet.addToRolePolicy(
      new PolicyStatement({ actions: ['route53:ListResourceRecordSets'], resources: [zone.hostedZoneArn] }),
    );
    fleet.addToRolePolicy(
      new PolicyStatement({
        actions: ['route53:ChangeResourceRecordSets'],
        resources: [zone.hostedZoneArn],
        conditions: {
          'ForAllValues:StringEquals': { 'route53:ChangeResourceRecordSetsRecordTypes': ['A'] },
          'ForAllValues:StringLike': { 'route53:ChangeResourceRecordSetsNormalizedRecordNames': [`*.${mediaDomain}`] },
        },
      }),
    );
  }
}

function allow(role: Role, action: string, resource: string): void {
  role.addToPolicy(new PolicyStatement({ actions: [action], resources: [resource] }));
}

/** What the fleet's function tells at every run. */
export function fleetMetric(metricName: 'nodes' | 'lostNodes' | 'participants' | 'reservedPercent'): Metric {
  return new Metric({ namespace: 'Muon', metricName, statistic: 'Maximum', period: Duration.minutes(1) });
}
