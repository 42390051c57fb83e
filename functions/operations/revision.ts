import { toETag } from '@muon/contract/revision.ts';
import { Refusal } from '../domain/refusal.ts';

/** @throws Refusal `precondition-failed` when the resource is not any more what its changer has seen. */
export function checkRevision({ revision }: { readonly revision: number }, ifMatch: number | undefined): void {
  if (ifMatch === undefined || ifMatch === revision) return;
  throw new Refusal('precondition-failed', `It was changed since: its ETag is ${toETag(revision)} now.`);
}
