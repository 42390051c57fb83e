import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Bundles } from './bundles.ts';
import { MuonFunction } from './muon-function.ts';

export interface DataProps extends StackProps {
  readonly bundles: Bundles;
}

/** The table's other orders: all of a kind, and what belongs to a room. */
export const INDEXES = ['gsi1', 'gsi2'];

/** Longer than the longest token is good for (30 days): what the last key signed is taken for a whole period more. */
const KEY_PERIOD = Duration.days(45);

/** What must not be lost: the table, files and secrets. It outlives the stack. */
export class DataStack extends Stack {
  readonly table: TableV2;
  /** Recordings and broadcasts that were. */
  readonly media: Bucket;
  /** What hosts run, by hash. */
  readonly releases: Bucket;
  /** Where buckets and the CDN write who asked for what. */
  readonly accessLogs: Bucket;
  /** A JWK Set; its first key signs. */
  readonly signingKeys: Secret;
  readonly sealingKey: Secret;
  /** coturn's `static-auth-secret`. */
  readonly turnSecret: Secret;

  constructor(scope: Construct, id: string, { bundles, ...props }: DataProps) {
    super(scope, id, props);
    this.table = this.#makeTable();
    this.accessLogs = this.#makeBucket('AccessLogs', {
      objectOwnership: ObjectOwnership.OBJECT_WRITER,
      lifecycleRules: [{ expiration: Duration.days(90) }],
    });
    acknowledge(this.accessLogs, { 'AwsSolutions-S1': 'It holds the logs of the others; its own would never end.' });
    // CDK's own types disagree about optional properties.
    const logs = this.accessLogs as IBucket;
    this.media = this.#makeBucket('Media', {
      serverAccessLogsBucket: logs,
      serverAccessLogsPrefix: 'media/',
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(7) }],
    });
    this.releases = this.#makeBucket('Releases', {
      serverAccessLogsBucket: logs,
      serverAccessLogsPrefix: 'releases/',
      versioned: true,
    });
    this.signingKeys = this.#makeSecret('SigningKeys', 'Muon: keys that sign tokens; made and rotated by the function');
    this.#rotate(bundles);
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

  #makeBucket(id: string, props: ConstructorParameters<typeof Bucket>[2]): Bucket {
    return new Bucket(this, id, {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
      ...props,
    });
  }

  #makeSecret(id: string, description: string): Secret {
    const generateSecretString = { passwordLength: 64, excludePunctuation: true };
    return new Secret(this, id, { description, generateSecretString, removalPolicy: RemovalPolicy.RETAIN });
  }

  /** The first rotation, right after the secret is made, makes the first keys. */
  #rotate(bundles: Bundles): void {
    const rotate = new MuonFunction(this, 'Rotate', {
      bundle: bundles.pathOf('rotate'),
      description: 'Muon: rotates the keys that sign tokens',
      timeout: Duration.seconds(30),
      memorySize: 256,
    });
    this.signingKeys.addRotationSchedule('Rotation', { rotationLambda: rotate, automaticallyAfter: KEY_PERIOD });
    acknowledge(rotate, {
      'AwsSolutions-IAM5[Resource::*]': 'X-Ray takes no resources; GetRandomPassword, which CDK adds, neither.',
    });
  }
}
