import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

export interface MuonFunctionProps {
  /** A folder with `index.mjs`. */
  readonly bundle: string;
  readonly description: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Settings that are kept in Secrets Manager: the function reads them when it starts. */
  readonly secrets?: Readonly<Record<string, Secret>>;
  readonly timeout: Duration;
  readonly memorySize: number;
  /** How many may run at once; as many as there are requests when absent. */
  readonly reservedConcurrentExecutions?: number;
}

/**
 * What users of the API set up, by hash keys of the table: API keys, webhooks, ingresses with their stream keys, trunks and
 * dispatch rules. Whoever writes it speaks for them, or listens to what is theirs.
 */
const SET_UP_BY_USERS = ['AK#*', 'WEBHOOKS', 'INGRESSES', 'TRUNKS', 'RULES'];

/** A function with a role of its own, that may write its own log and nothing else until it is granted. */
export class MuonFunction extends Function {
  constructor(scope: Construct, id: string, { bundle, secrets = {}, environment, ...props }: MuonFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    const named = Object.entries(secrets);
    super(scope, id, {
      ...props,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(bundle),
      role,
      logGroup,
      tracing: Tracing.ACTIVE,
      environment: {
        ...environment,
        ...Object.fromEntries(named.map(([setting, secret]) => [`${setting}_ARN`, secret.secretArn])),
      },
    });
    for (const [, secret] of named) secret.grantRead(role);
    acknowledge(role, { 'AwsSolutions-IAM5[Resource::*]': 'X-Ray takes traces of no resource.' });
  }

  /** Allows it to do so with exactly these. */
  may(actions: readonly string[], resources: readonly string[]): void {
    this.addToRolePolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
  }

  /** Forbids it to write what users of the API set up, whatever else it may. */
  mayNotSetUp(tableArn: string): void {
    this.addToRolePolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        actions: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
        resources: [tableArn],
        conditions: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': SET_UP_BY_USERS } },
      }),
    );
  }
}
