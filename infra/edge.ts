import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  type BehaviorOptions,
  CacheCookieBehavior,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  Distribution,
  Function,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { ARecord, AaaaRecord, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { makeAccessLogBucket, makeBucket } from './buckets.ts';
import { hostPorts } from './host/ports.ts';

export interface EdgeProps extends StackProps {
  readonly zone: (scope: Construct) => IHostedZone;
  readonly domainName: string;
  readonly apiDomain: string;
  readonly mediaDomain: string;
}

/** A player that asks for what is not there yet waits at the origin; the origin answers before this. */
const ORIGIN_TIMEOUT = Duration.seconds(30);

/** The CDN: the console, the API for the console's pages, and broadcasts. Certificates of CloudFront are in us-east-1. */
export class EdgeStack extends Stack {
  readonly distribution: Distribution;
  /** What `web/build.ts` makes is put here. */
  readonly console: Bucket;
  readonly #props: EdgeProps;

  constructor(scope: Construct, id: string, props: EdgeProps) {
    super(scope, id, props);
    this.#props = props;
    const { domainName } = props;
    const zone = props.zone(this);
    // CDK's own types disagree about optional properties.
    const logs = makeAccessLogBucket(this) as IBucket;
    this.console = makeBucket(this, 'Console', {
      serverAccessLogsBucket: logs,
      serverAccessLogsPrefix: 'console/',
    });
    const validation = CertificateValidation.fromDns(zone);
    this.distribution = new Distribution(this, 'Distribution', {
      comment: 'Muon',
      domainNames: [domainName],
      certificate: new Certificate(this, 'Certificate', { domainName, validation }),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      httpVersion: HttpVersion.HTTP2_AND_3,
      defaultRootObject: 'index.html',
      enableLogging: true,
      logBucket: logs,
      logFilePrefix: 'cloudfront/',
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(this.console as IBucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        responseHeadersPolicy: ResponseHeadersPolicy.SECURITY_HEADERS,
      },
      additionalBehaviors: { '/v1/*': this.#api(), '/hls/*': this.#hls() },
    });
    acknowledge(this.distribution, {
      'AwsSolutions-CFR1': 'Where people may watch from is for whoever runs this to say.',
      'AwsSolutions-CFR2': 'Static files and broadcasts; the API, which is throttled, asks for a key or a token.',
    });
    const target = RecordTarget.fromAlias(new CloudFrontTarget(this.distribution));
    void new ARecord(this, 'Ipv4', { zone, recordName: domainName, target });
    void new AaaaRecord(this, 'Ipv6', { zone, recordName: domainName, target });
  }

  /** The console's pages call the API where they come from. */
  #api(): BehaviorOptions {
    return {
      origin: new HttpOrigin(this.#props.apiDomain, { protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY }),
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: AllowedMethods.ALLOW_ALL,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    };
  }

  /** Each segment is asked of its host once for all who watch near one place. */
  #hls(): BehaviorOptions {
    const { mediaDomain } = this.#props;
    const chooseHost = new Function(this, 'HlsOrigin', {
      runtime: FunctionRuntime.JS_2_0,
      code: FunctionCode.fromInline(hlsOriginCode(mediaDomain)),
      comment: 'Muon: the host that runs a broadcast',
    });
    return {
      // Whichever host the function chooses; this name is nobody's.
      origin: new HttpOrigin(`none.${mediaDomain}`, {
        protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
        httpsPort: hostPorts.hls.tls,
        readTimeout: ORIGIN_TIMEOUT,
      }),
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
      // Low-latency HLS asks for what comes next in the query (RFC 8216bis, 6.2.5).
      cachePolicy: new CachePolicy(this, 'HlsCache', {
        headerBehavior: CacheHeaderBehavior.allowList('x-muon-host'),
        queryStringBehavior: CacheQueryStringBehavior.all(),
        cookieBehavior: CacheCookieBehavior.none(),
        minTtl: Duration.seconds(0),
        defaultTtl: Duration.seconds(1),
        maxTtl: Duration.days(1),
        enableAcceptEncodingGzip: true,
      }),
      originRequestPolicy: OriginRequestPolicy.CORS_CUSTOM_ORIGIN,
      functionAssociations: [{ function: chooseHost, eventType: FunctionEventType.VIEWER_REQUEST }],
    };
  }
}

/** What CloudFront runs. */
export function hlsOriginCode(mediaDomain: string): string {
  return readFileSync(join(import.meta.dirname, 'edge/hls-origin.js'), 'utf8').replace('MEDIA_DOMAIN', mediaDomain);
}
