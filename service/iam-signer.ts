import { awsSigner } from './aws-signer.ts';
import { instanceRole } from './instance-role.ts';
import type { RequestSigner } from './request-signer.ts';

/** Signs for an HTTP API as the role of the EC2 instance that this process runs on. */
export function iamSigner(region: string): RequestSigner {
  const sign = awsSigner({ service: 'execute-api', region, credentials: instanceRole() });
  return (request) => sign({ ...request, headers: { 'content-type': 'application/json' } });
}
