import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, Billing, ProjectionType, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { makeAccessLogBucket, makeBucket } from './buckets.ts';
import type { Bundles } from './bundles.ts';
import { MuonFunction } from './muon-function.ts';

export interface DataProps extends StackProps {
  readonly bundles: Bundles;
}

/** The table's other orders: all of a kind, and what belongs to a room. */
export const INDEXES = ['gsi1', 'gsi2'];

/** Longer than the longest token is good for (30 days): what the last key signed is taken for a whole period more. */
const KEY_PERIOD = Duration.days(45);

/** Older than this, the keys were not rotated when they should have been: a rotation that fails is tried again for days. */
export const MAX_KEY_AGE_DAYS = KEY_PERIOD.toDays() + 5;

/** What must not be lost: the table, releases and secrets. It outlives the stack. */
export class DataStack extends Stack {
  readonly table: TableV2;
  /** What hosts run, by hash. */
  readonly releases: Bucket;
  /** Where gateways bring recordings. */
  readonly recordings: Bucket;
  /** A JWK Set; its first key signs. */
  readonly signingKeys: Secret;
  readonly sealingKey: Secret;
  /** coturn's `static-auth-secret`. */
  readonly turnSecret: Secret;
  readonly rotate: MuonFunction;

  constructor(scope: Construct, id: string, { bundles, ...props }: DataProps) {
    super(scope, id, props);
    this.table = this.#makeTable();
    // CDK's own types disagree about optional properties.
    const serverAccessLogsBucket = makeAccessLogBucket(this) as IBucket;
    this.recordings = makeBucket(this, 'Recordings', {
      serverAccessLogsBucket,
      serverAccessLogsPrefix: 'recordings/',
      // A host that died in the middle of an upload.
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    });
    this.releases = makeBucket(this, 'Releases', {
      serverAccessLogsBucket,
      serverAccessLogsPrefix: 'releases/',
      versioned: true,
    });
    this.signingKeys = this.#makeSecret('SigningKeys', 'Muon: keys that sign tokens; made and rotated by the function');
    this.rotate = this.#rotate(bundles);
    this.sealingKey = this.#makeSecret('SealingKey', 'Muon: seals secrets of webhooks and trunks');
    acknowledge(this.sealingKey, {
      'AwsSolutions-SMG4':
        'What it sealed is read with it alone: changing it loses the secrets of all webhooks and trunks.',
    });
    this.turnSecret = this.#makeSecret('TurnSecret', 'Muon: static-auth-secret of coturn');
    acknowledge(this.turnSecret, {
      'AwsSolutions-SMG4': 'Hosts read it when they start, so it is changed together with them: see the runbook.',
    });
  }

  #makeTable(): TableV2 {
    return new TableV2(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      globalSecondaryIndexes: INDEXES.map((indexName) => ({
        indexName,
        partitionKey: { name: `${indexName}pk`, type: AttributeType.STRING },
        sortKey: { name: `${indexName}sk`, type: AttributeType.STRING },
        projectionType: ProjectionType.ALL,
      })),
      billing: Billing.onDemand(),
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: 'expiresAt',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  #makeSecret(id: string, description: string): Secret {
    const generateSecretString = { passwordLength: 64, excludePunctuation: true };
    return new Secret(this, id, { description, generateSecretString, removalPolicy: RemovalPolicy.RETAIN });
  }

  /** The first rotation, right after the secret is made, makes the first keys. */
  #rotate(bundles: Bundles): MuonFunction {
    const rotate = new MuonFunction(this, 'Rotate', {
      bundle: bundles.pathOf('rotate'),
      description: 'Muon: rotates the keys that sign tokens',
      timeout: Duration.seconds(30),
      memorySize: 256,
    });
    this.signingKeys.addRotationSchedule('Rotation', { rotationLambda: rotate, automaticallyAfter: KEY_PERIOD });
    // What never starts fails nowhere: so it is asked how old the keys are.
    const event = RuleTargetInput.fromObject({ checkAgeOf: this.signingKeys.secretArn });
    const target = new LambdaFunction(rotate, { event, retryAttempts: 2 });
    void new Rule(this, 'EveryHour', { schedule: Schedule.rate(Duration.hours(1)), targets: [target] });
    acknowledge(rotate, {
      'AwsSolutions-IAM5[Resource::*]': 'X-Ray takes no resources; GetRandomPassword, which CDK adds, neither.',
    });
    return rotate;
  }
}

/** How old the keys that sign tokens are, as the rotation's function tells every hour. */
export function keyAgeMetric(): Metric {
  const metricName = 'signingKeyAgeDays';
  return new Metric({ namespace: 'Muon', metricName, statistic: 'Maximum', period: Duration.hours(1) });
}
