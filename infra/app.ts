import { App } from 'aws-cdk-lib';
import { createDeployment } from './deployment.ts';

// `cdk deploy` runs this; so does `node infra/app.ts`, which needs no account and shows what would be deployed.
const app = new App();
createDeployment(app);
app.synth();
