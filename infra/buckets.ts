import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, type BucketProps, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/** A bucket that is private and encrypted, and outlives its stack. */
export function makeBucket(scope: Construct, id: string, props: BucketProps): Bucket {
  return new Bucket(scope, id, {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.RETAIN,
    ...props,
  });
}

/** Where buckets and the CDN write who asked for what. */
export function makeAccessLogBucket(scope: Construct): Bucket {
  const bucket = makeBucket(scope, 'AccessLogs', {
    // CloudFront writes with ACLs.
    objectOwnership: ObjectOwnership.OBJECT_WRITER,
    lifecycleRules: [{ expiration: Duration.days(90) }],
  });
  acknowledge(bucket, { 'AwsSolutions-S1': 'It holds the logs of the others; its own would never end.' });
  return bucket;
}
