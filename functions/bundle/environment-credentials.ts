import { fromEnv } from '@aws-sdk/credential-provider-env';

/** Stands in for the SDK's search through files, SSO and metadata services: a Lambda function has its role in the environment. */
export const defaultProvider = fromEnv;
