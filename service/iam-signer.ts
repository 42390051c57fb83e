import { fromInstanceMetadata } from '@smithy/credential-provider-imds';
import type { AwsCredentialIdentity } from '@smithy/types';
import { awsSigner } from './aws-signer.ts';
import type { RequestSigner } from './request-signer.ts';

/** Credentials are good for hours, and the next ones are there five minutes before their end. */
const RENEW_BEFORE_MS = 5 * 60_000;

/** Signs for an HTTP API as the role of the EC2 instance that this process runs on. */
export function iamSigner(region: string): RequestSigner {
  const sign = awsSigner({ service: 'execute-api', region, credentials: instanceRole() });
  return (request) => sign({ ...request, headers: { 'content-type': 'application/json' } });
}

/** Asks the instance metadata service, and keeps its answer while it is good. */
function instanceRole(): () => Promise<AwsCredentialIdentity> {
  const ask = fromInstanceMetadata({ ec2MetadataV1Disabled: true, maxRetries: 2, timeout: 2000 });
  let held: Promise<AwsCredentialIdentity> | undefined;
  const renew = (): Promise<AwsCredentialIdentity> => {
    held = ask();
    held.catch(() => (held = undefined));
    return held;
  };
  return async () => {
    const credentials = await (held ?? renew());
    const leftMs = (credentials.expiration?.getTime() ?? Infinity) - Date.now();
    return leftMs > RENEW_BEFORE_MS ? credentials : renew();
  };
}
