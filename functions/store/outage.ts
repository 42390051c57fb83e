import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { Refusal } from '../domain/refusal.ts';

/** What DynamoDB and the network say when trying again may help; the SDK has tried a few times before. */
const PASSING: ReadonlySet<string | undefined> = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'InternalServerError',
  'ServiceUnavailable',
  'TransactionInProgressException',
  'TimeoutError',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
]);

/** Why a write may not be done although nothing is wrong with it. */
const PASSING_REASONS: ReadonlySet<string | undefined> = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

export function isPassingReason(reason: string | undefined): boolean {
  return PASSING_REASONS.has(reason);
}

/** Why writes were not done, one by one; undefined when the error does not say that they were not. */
export function toReasons(error: unknown): readonly (string | undefined)[] | undefined {
  if (error instanceof ConditionalCheckFailedException) return ['ConditionalCheckFailed'];
  if (error instanceof TransactionConflictException) return ['TransactionConflict'];
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const reasons = (error.CancellationReasons ?? []).map(({ Code }) => Code);
  return reasons.includes('ConditionalCheckFailed') || reasons.some(isPassingReason) ? reasons : undefined;
}

/**
 * Tells a passing trouble of the database as what it is to the caller.
 *
 * @throws Refusal `overloaded`
 */
export function refuseWhenPassing(error: unknown): never {
  const { name, code } = error as Error & { readonly code?: string };
  if (!PASSING.has(name) && !PASSING.has(code)) throw error;
  throw overloaded('The database did not answer in time; whether anything was done is not known.', error);
}

export function overloaded(detail: string, cause?: unknown): Refusal {
  return new Refusal('overloaded', detail, { cause, retryAfterSeconds: 1 });
}
