import { type App, Validations } from 'aws-cdk-lib';
import { HostedZone, type IHostedZone } from 'aws-cdk-lib/aws-route53';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Construct } from 'constructs';
import { ApiStack } from './api.ts';
import type { Bundles } from './bundles.ts';
import { DataStack } from './data.ts';
import { EdgeStack } from './edge.ts';
import { MediaStack } from './media.ts';
import { ObservabilityStack } from './observability.ts';
import type { DeploymentSettings } from './settings.ts';

/** Everything that Muon is on AWS. What breaks a rule of AWS Solutions, unless its reason is given beside it, fails the synthesis. */
export function createDeployment(app: App, bundles: Bundles, settings: DeploymentSettings) {
  // A stack that another one uses cannot be changed under it.
  app.node.setContext('@aws-cdk/core:defaultCrossStackReferences', 'strong');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const { account, region, hostedZone } = settings;
  const env = { account, region };
  const consoleDomain = `console.${hostedZone.name}`;
  const mediaDomain = `media.${hostedZone.name}`;
  const data = new DataStack(app, 'MuonData', { env, bundles, description: 'Muon: what must not be lost' });
  const zoneOf = (scope: Construct): IHostedZone =>
    HostedZone.fromHostedZoneAttributes(scope, 'Zone', { hostedZoneId: hostedZone.id, zoneName: hostedZone.name });
  const zone = zoneOf(data);
  const api = new ApiStack(app, 'MuonApi', {
    env,
    bundles,
    data,
    zone,
    mediaDomain,
    description: 'Muon: the control plane',
  });
  const media = new MediaStack(app, 'MuonMedia', {
    env,
    bundles,
    settings,
    data,
    api,
    zone,
    mediaDomain,
    cdnUrl: `https://${consoleDomain}`,
    description: 'Muon: the media fleet',
  });
  const edge = new EdgeStack(app, 'MuonEdge', {
    env: { account, region: 'us-east-1' },
    zone: zoneOf,
    domainName: consoleDomain,
    apiDomain: `api.${hostedZone.name}`,
    mediaDomain,
    description: 'Muon: the CDN',
  });
  const observability = new ObservabilityStack(app, 'MuonObservability', {
    env,
    data,
    api,
    media,
    alarmEmail: settings.alarmEmail,
    description: 'Muon: dashboards and alarms',
  });
  return { data, api, media, edge, observability };
}
