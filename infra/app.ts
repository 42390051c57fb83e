import { App } from 'aws-cdk-lib';
import { Bundles } from './bundles.ts';
import { createDeployment } from './deployment.ts';
import { readDeploymentSettings } from './settings.ts';

// `cdk deploy` runs this; so does `node infra/app.ts`, which needs no account and shows what would be deployed.
const app = new App();
createDeployment(app, Bundles.write(), readDeploymentSettings(app.node));
app.synth();
