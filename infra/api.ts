import { type CfnElement, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import {
  ApiMapping,
  CfnStage,
  CorsHttpMethod,
  DomainName,
  HttpApi,
  HttpMethod,
  HttpStage,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule, type IFunction, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { ARecord, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { internalRoutes, publicRoutes, type Route } from '@muon/contract/routes.ts';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Bundles } from './bundles.ts';
import { type DataStack, INDEXES } from './data.ts';
import { MuonFunction, type MuonFunctionProps } from './muon-function.ts';

export interface ApiProps extends StackProps {
  readonly bundles: Bundles;
  readonly data: DataStack;
  readonly zone: IHostedZone;
  /** Below which hosts have their names. */
  readonly mediaDomain: string;
}

/** What browsers may send from other origins; with a bearer token and never with cookies. */
const CORS = {
  allowOrigins: ['*'],
  allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.PATCH, CorsHttpMethod.DELETE],
  allowHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-match'],
  exposeHeaders: ['etag', 'location', 'retry-after'],
  maxAge: Duration.minutes(10),
};

/** Requests of one second; the functions hold each API key to its own rate besides. */
const THROTTLE = { rateLimit: 2000, burstLimit: 4000 };

/** What the repositories of the store use. Never a scan. */
const TABLE_ACTIONS = ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'].map(
  (action) => `dynamodb:${action}`,
);

/** Who asks for what, as JSON lines. */
const ACCESS_LOG = {
  time: '$context.requestTime',
  requestId: '$context.requestId',
  route: '$context.routeKey',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  sourceIp: '$context.identity.sourceIp',
  caller: '$context.identity.userArn',
  error: '$context.integrationErrorMessage',
};

/** The control plane: the public API, what nodes call, and what happens behind both. */
export class ApiStack extends Stack {
  readonly url: string;
  readonly httpApi: HttpApi;
  readonly functions: Readonly<Record<'api' | 'internal' | 'stream' | 'sweeper', MuonFunction>>;
  /** What could not be handed to webhooks; the sweeper does what is behind it, so it is for the operator to see. */
  readonly deadLetters: Queue;
  readonly #props: ApiProps;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id, props);
    this.#props = props;
    const { data, zone, mediaDomain } = props;
    const signing = { MUON_SIGNING_KEY: data.signingKeys };
    const sealing = { MUON_SEALING_KEY: data.sealingKey };
    const internal = { MUON_INTERNAL_SECRET: 'iam' };
    const turn = ['udp', 'tcp'].map((transport) => `turn:turn.${mediaDomain}:3478?transport=${transport}`);
    this.functions = {
      api: this.#makeFunction('api', 'answers the public API', {
        environment: { ...internal, MUON_TURN_URLS: turn.join(',') },
        secrets: { ...signing, ...sealing, MUON_TURN_SECRET: data.turnSecret },
      }),
      // It opens the passwords of trunks for the gateways that call through them.
      internal: this.#makeFunction('internal', 'hears nodes and gateways', {
        environment: internal,
        secrets: { ...signing, ...sealing },
      }),
      stream: this.#makeFunction('stream', 'sends events to webhooks', { secrets: sealing }),
      sweeper: this.#makeFunction('sweeper', 'does every minute what is due', { secrets: sealing }),
    };
    // A host that was broken into must not make itself an API key, nor have calls or streams sent elsewhere.
    this.functions.internal.mayNotSetUp(data.table.tableArn);
    this.deadLetters = new Queue(this, 'DeadLetters', { enforceSSL: true, retentionPeriod: Duration.days(14) });
    acknowledge(this.deadLetters, { 'AwsSolutions-SQS3': 'It is the dead-letter queue.' });
    this.#deliver();
    this.#sweep();
    const domainName = `api.${zone.zoneName}`;
    this.httpApi = this.#makeApi();
    this.#name(domainName);
    this.url = `https://${domainName}`;
  }

  #makeFunction(
    name: 'api' | 'internal' | 'stream' | 'sweeper',
    does: string,
    props: Pick<MuonFunctionProps, 'environment' | 'secrets'>,
  ): MuonFunction {
    const { bundles, data } = this.#props;
    const made = new MuonFunction(this, `${name[0]!.toUpperCase()}${name.slice(1)}`, {
      bundle: bundles.pathOf(name),
      description: `Muon: ${does}`,
      timeout: name === 'sweeper' ? Duration.seconds(60) : Duration.seconds(29),
      memorySize: 1024,
      ...props,
      environment: { ...props.environment, MUON_TABLE: data.table.tableName },
    });
    const { tableArn } = data.table;
    made.may(TABLE_ACTIONS, [tableArn, ...INDEXES.map((index) => `${tableArn}/index/${index}`)]);
    return made;
  }

  #deliver(): void {
    const { stream } = this.functions;
    stream.addEventSource(
      new DynamoEventSource(this.#props.data.table as ITable, {
        startingPosition: StartingPosition.LATEST,
        batchSize: 100,
        bisectBatchOnError: true,
        retryAttempts: 3,
        parallelizationFactor: 4,
        onFailure: new SqsDlq(this.deadLetters),
        // Of all that changes, events alone are news; what is filtered away costs nothing.
        filters: [
          FilterCriteria.filter({
            eventName: FilterRule.isEqual('INSERT'),
            dynamodb: { Keys: { sk: { S: FilterRule.beginsWith('EV#') } } },
          }),
        ],
      }),
    );
  }

  #sweep(): void {
    const { sweeper } = this.functions;
    const target = new LambdaInvoke(sweeper, { retryAttempts: 0, deadLetterQueue: this.deadLetters });
    const schedule = ScheduleExpression.rate(Duration.minutes(1));
    void new Schedule(this, 'EveryMinute', { description: 'Muon: what is due', schedule, target });
    acknowledge(this, {
      [`AwsSolutions-IAM5[Resource::<${this.getLogicalId(sweeper.node.defaultChild as CfnElement)}.Arn>:*]`]:
        'The scheduler may call the sweeper, whatever its version.',
    });
  }

  #makeApi(): HttpApi {
    const api = new HttpApi(this, 'HttpApi', {
      apiName: 'muon',
      createDefaultStage: false,
      disableExecuteApiEndpoint: true,
      corsPreflight: CORS,
    });
    const publicly = integrate('Public', this.functions.api);
    for (const route of Object.values<Route>(publicRoutes)) addRoute(api, route, publicly);
    // What is at no route is told so as everything else is.
    api.addRoutes({ path: '/{proxy+}', methods: [HttpMethod.ANY], integration: publicly });
    const internally = integrate('Internal', this.functions.internal);
    const authorizer = new HttpIamAuthorizer();
    for (const route of Object.values<Route>(internalRoutes)) addRoute(api, route, internally, authorizer);
    acknowledge(api, {
      'AwsSolutions-APIG4':
        'API keys and join tokens are checked in the function, with a cache; what nodes call has the IAM authorizer.',
    });
    return api;
  }

  #name(domainName: string): void {
    const { zone } = this.#props;
    const validation = CertificateValidation.fromDns(zone);
    const certificate = new Certificate(this, 'Certificate', { domainName, validation });
    const domain = new DomainName(this, 'Domain', { domainName, certificate });
    const log = new LogGroup(this, 'AccessLog', { retention: RetentionDays.ONE_MONTH });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.httpApi,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      detailedMetricsEnabled: true,
    });
    (stage.node.defaultChild as CfnStage).accessLogSettings = {
      destinationArn: log.logGroupArn,
      format: JSON.stringify(ACCESS_LOG),
    };
    void new ApiMapping(this, 'Mapping', { api: this.httpApi, domainName: domain, stage });
    const target = new ApiGatewayv2DomainProperties(domain.regionalDomainName, domain.regionalHostedZoneId);
    void new ARecord(this, 'Name', { zone, recordName: domainName, target: RecordTarget.fromAlias(target) });
  }
}

/** One permission for all routes: the functions' policies have a greatest size. */
function integrate(id: string, target: IFunction): HttpLambdaIntegration {
  return new HttpLambdaIntegration(id, target, { scopePermissionToRoute: false });
}

function addRoute(
  api: HttpApi,
  route: Route,
  integration: HttpLambdaIntegration,
  authorizer?: HttpIamAuthorizer,
): void {
  const methods = [HttpMethod[route.method]];
  api.addRoutes({ path: route.path, methods, integration, ...(authorizer ? { authorizer } : {}) });
}
