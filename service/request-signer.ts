import { createHmac } from 'node:crypto';
import { INTERNAL_AUTH_SCHEME, internalSigningInput } from '@muon/contract/internal.ts';

/** A request whose sender has to be shown. */
export interface UnsignedRequest {
  readonly method: 'POST';
  readonly url: URL;
  readonly body: string;
}

/** Gives the headers that show who sends a request. */
export type RequestSigner = (request: UnsignedRequest) => Promise<Readonly<Record<string, string>>>;

/** Signs with the secret that the processes of one machine share. */
export function secretSigner(secret: string): RequestSigner {
  return ({ method, url, body }) => {
    const t = Math.floor(Date.now() / 1000);
    const v = createHmac('sha256', secret)
      .update(internalSigningInput(t, method, url.pathname, body))
      .digest('hex');
    return Promise.resolve({ authorization: `${INTERNAL_AUTH_SCHEME} t=${t},v=${v}` });
  };
}
