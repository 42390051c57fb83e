import { type App, Validations } from 'aws-cdk-lib';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ApiStack } from './api.ts';
import type { Bundles } from './bundles.ts';
import { DataStack } from './data.ts';
import type { DeploymentSettings } from './settings.ts';

/** Everything that Muon is on AWS. What breaks a rule of AWS Solutions, unless its reason is given beside it, fails the synthesis. */
export function createDeployment(app: App, bundles: Bundles, settings: DeploymentSettings) {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const { account, region, hostedZone } = settings;
  const env = { account, region };
  const mediaDomain = `media.${hostedZone.name}`;
  const data = new DataStack(app, 'MuonData', { env, bundles, description: 'Muon: what must not be lost' });
  const api = new ApiStack(app, 'MuonApi', {
    env,
    bundles,
    data,
    zone: HostedZone.fromHostedZoneAttributes(data, 'Zone', { hostedZoneId: hostedZone.id, zoneName: hostedZone.name }),
    mediaDomain,
    description: 'Muon: the control plane',
  });
  return { data, api };
}
