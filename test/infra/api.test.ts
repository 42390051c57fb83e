import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { internalRoutes, publicRoutes, type Route } from '@muon/contract/routes.ts';
import { keys } from '@muon/functions/store/keys.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Resource, resourcesOf, SynthesizedDeployment, type Template } from '@muon/infra/deployment.fixture.ts';

/** What IAM asks for, by the command of the SDK. */
const actionsOf: Readonly<Record<string, readonly string[]>> = {
  GetCommand: ['dynamodb:GetItem'],
  QueryCommand: ['dynamodb:Query'],
  PutCommand: ['dynamodb:PutItem'],
  UpdateCommand: ['dynamodb:UpdateItem'],
  DeleteCommand: ['dynamodb:DeleteItem'],
  TransactWriteCommand: ['PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'].map((name) => `dynamodb:${name}`),
};

let deployment: SynthesizedDeployment;
let template: Template;
beforeAll(() => {
  deployment = new SynthesizedDeployment();
  template = deployment.templateOf('api');
});
afterAll(() => deployment[Symbol.dispose]());

describe('the HTTP API', () => {
  const keysOf = (routes: Readonly<Record<string, Route>>): string[] =>
    Object.values(routes).map(({ method, path }) => `${method} ${path}`);

  test('has every route of the registry, and one for all that is nowhere', () => {
    const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties['RouteKey']);
    const registry = [...keysOf(publicRoutes), ...keysOf(internalRoutes), 'ANY /{proxy+}'];
    expect(sorted(routes)).toEqual(sorted(registry));
    expect(routes.length).toBeLessThan(300);
  });

  test('lets in only what IAM has signed where nodes call, and leaves keys and tokens to the function elsewhere', () => {
    const signed = resourcesOf(template, 'AWS::ApiGatewayV2::Route').filter(
      ({ Properties }) => Properties['AuthorizationType'] === 'AWS_IAM',
    );
    expect(sorted(signed.map(({ Properties }) => Properties['RouteKey']))).toEqual(sorted(keysOf(internalRoutes)));
  });

  test('is reached under its own name alone, and is throttled and logged', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: true });
    const [stage] = resourcesOf(template, 'AWS::ApiGatewayV2::Stage');
    expect(stage!.Properties).toMatchObject({
      DefaultRouteSettings: { ThrottlingBurstLimit: 4000, ThrottlingRateLimit: 2000 },
      AccessLogSettings: { Format: expect.stringContaining('$context.requestId') as string },
    });
  });
});

describe('the functions', () => {
  test('are four, on Node 24 and arm64, traced', () => {
    const functions = resourcesOf(template, 'AWS::Lambda::Function');
    expect(functions).toHaveLength(4);
    for (const { Properties } of functions)
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
      });
  });

  test.each([
    ['Api', ['MUON_SEALING_KEY_ARN', 'MUON_SIGNING_KEY_ARN', 'MUON_TURN_SECRET_ARN']],
    ['Internal', ['MUON_SEALING_KEY_ARN', 'MUON_SIGNING_KEY_ARN']],
    ['Stream', ['MUON_SEALING_KEY_ARN']],
    ['Sweeper', ['MUON_SEALING_KEY_ARN']],
  ])('%s is given its own secrets alone, by name', (name, secrets) => {
    const { Variables } = named('AWS::Lambda::Function', name).Properties['Environment'] as Environment;
    expect(
      Object.keys(Variables)
        .filter((setting) => setting.endsWith('_ARN'))
        .toSorted(),
    ).toEqual(secrets);
    const read = statementsOf(name).filter(({ Action }) => [Action].flat().includes('secretsmanager:GetSecretValue'));
    expect(read).toHaveLength(secrets.length);
  });

  test.each(['Api', 'Internal', 'Stream', 'Sweeper'])('%s may use the one table and never scan it', (name) => {
    const actions = statementsOf(name).flatMap(({ Action }) => Action);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
    expect(actions).not.toContain('dynamodb:Scan');
  });

  test('each may do what the store does', async () => {
    const folder = join(import.meta.dirname, '../../functions/store');
    const files = (await readdir(folder)).filter((name) => /^[\w-]+\.ts$/.test(name));
    const sources = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
    const commands = new Set(sources.flatMap((source) => source.match(/\b[A-Z]\w+Command\b/g) ?? []));
    const needed = [...commands].flatMap((command) => actionsOf[command] ?? [`nothing known of ${command}`]);
    expect(needed.length).toBeGreaterThan(4);
    for (const name of ['Api', 'Internal', 'Stream', 'Sweeper'])
      expect(statementsOf(name).flatMap(({ Action }) => Action)).toEqual(expect.arrayContaining(needed));
  });

  test('what nodes call cannot write what users set up, and can write all else', () => {
    const [denied, ...more] = statementsOf('Internal').filter(({ Effect }) => Effect === 'Deny');
    expect(more).toEqual([]);
    expect(denied).toMatchObject({
      Action: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      Resource: { 'Fn::ImportValue': expect.stringMatching(/^MuonData:ExportsOutputFnGetAttTable\w+Arn/) as string },
      Condition: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': expect.any(Array) as string[] } },
    });
    const patterns = denied!.Condition!['ForAnyValue:StringLike']!['dynamodb:LeadingKeys']!;
    const isDenied = ({ pk }: { readonly pk: string }): boolean =>
      patterns.some((pattern) => (pattern.endsWith('*') ? pk.startsWith(pattern.slice(0, -1)) : pk === pattern));
    const setUp = [keys.apiKey, keys.webhook, keys.ingress, keys.trunk, keys.dispatchRule].map((key) => key('x'));
    const told = [keys.node, keys.nodeReports, keys.gateway, keys.room, keys.egress, keys.call].map((key) => key('x'));
    expect(setUp.map(isDenied)).toEqual(setUp.map(() => true));
    expect([...told, keys.lastEvent('x'), keys.outbox('x', 'y')].filter(isDenied)).toEqual([]);
  });

  test('events alone wake the one behind the stream', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BisectBatchOnFunctionError: true,
      FilterCriteria: {
        Filters: [
          {
            Pattern: JSON.stringify({ eventName: ['INSERT'], dynamodb: { Keys: { sk: { S: [{ prefix: 'EV#' }] } } } }),
          },
        ],
      },
    });
  });

  test('what is due is done every minute', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(1 minute)' });
  });
});

interface Environment {
  readonly Variables: Readonly<Record<string, unknown>>;
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

function named(type: string, prefix: string): Resource {
  const [found, ...more] = Object.entries(template.findResources(type)).filter(([id]) =>
    new RegExp(`^${prefix}[0-9A-F]{8}$`).test(id),
  );
  expect(more).toEqual([]);
  return found![1] as Resource;
}

function statementsOf(name: string): Statement[] {
  const policy = Object.entries(template.findResources('AWS::IAM::Policy')).find(([id]) =>
    id.startsWith(`${name}RoleDefaultPolicy`),
  );
  const { PolicyDocument } = (policy![1] as Resource).Properties;
  return (PolicyDocument as { readonly Statement: Statement[] }).Statement;
}

function sorted(values: readonly unknown[]): string[] {
  return values.map(String).sort((a, b) => a.localeCompare(b));
}
