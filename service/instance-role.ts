import { fromInstanceMetadata } from '@smithy/credential-provider-imds';
import type { AwsCredentialIdentity } from '@smithy/types';

/** Credentials are good for hours, and the next ones are there five minutes before their end. */
const RENEW_BEFORE_MS = 5 * 60_000;

/** What the EC2 instance that this process runs on may; its metadata service's answer is kept while it is good. */
export function instanceRole(): () => Promise<AwsCredentialIdentity> {
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
