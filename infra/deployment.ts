import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { DataStack } from './data.ts';

/** Everything that Muon is on AWS. What breaks a rule of AWS Solutions, unless its reason is given beside it, fails the synthesis. */
export function createDeployment(app: App): { readonly data: DataStack } {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const data = new DataStack(app, 'MuonData', { description: 'Muon: what must not be lost' });
  return { data };
}
