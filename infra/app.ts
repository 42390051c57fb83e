import { App } from 'aws-cdk-lib';
import { Bundles } from './bundles.ts';
import { createDeployment } from './deployment.ts';
import { readDeploymentSettings } from './settings.ts';

// `cdk deploy` runs this, and says where to; so does `npx node infra/app.ts`, which needs no account and puts what would be
// deployed into `cdk.out`, as `cdk synth` does.
const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out' });
using bundles = Bundles.write();
createDeployment(app, bundles, readDeploymentSettings(app.node));
app.synth();
