import { createHmac, timingSafeEqual } from 'node:crypto';
import { INTERNAL_AUTH_SCHEME, INTERNAL_AUTH_WINDOW_SECONDS, internalSigningInput } from '@muon/contract/internal.ts';
import { Refusal } from '../domain/refusal.ts';

/** What was signed, and by whom it claims to be. */
export interface SignedRequest {
  readonly authorization: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

const PATTERN = new RegExp(`^${INTERNAL_AUTH_SCHEME} t=(\\d{1,12}),v=([0-9a-f]{64})$`);

/** @throws Refusal `unauthenticated` unless the request was signed with `secret` within the window around `nowMs` */
export function verifySignature(secret: string, request: SignedRequest, nowMs: number): void {
  const [, seconds, signature] = PATTERN.exec(request.authorization ?? '') ?? [];
  if (seconds === undefined || signature === undefined)
    throw new Refusal('unauthenticated', 'Internal requests are signed.');
  if (Math.abs(nowMs / 1000 - Number(seconds)) > INTERNAL_AUTH_WINDOW_SECONDS)
    throw new Refusal('unauthenticated', 'The signature is too old, or a clock is wrong.');
  const input = internalSigningInput(Number(seconds), request.method, request.path, request.body);
  const expected = createHmac('sha256', secret).update(input).digest();
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex')))
    throw new Refusal('unauthenticated', 'The signature is not by this system.');
}
