import { type Problem, type ProblemCode, problems } from '@muon/contract/problem.ts';
import type { Refusal } from '../domain/refusal.ts';

const HEADERS = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' };

/** The answer to a request that is refused. */
export function toProblemResponse(refusal: Refusal, requestId: string, headers: Record<string, string> = {}): Response {
  const { title, status } = problems[refusal.code];
  return respond(
    {
      ...basics(refusal.code, requestId),
      ...(refusal.message === title ? {} : { detail: refusal.message }),
      ...(refusal.errors ? { errors: [...refusal.errors] } : {}),
    },
    {
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(refusal.retryAfterSeconds === undefined ? {} : { 'retry-after': String(refusal.retryAfterSeconds) }),
      ...headers,
    },
  );
}

/** The answer when something failed here; what it was is in the log alone. */
export function toBareErrorResponse(requestId: string): Response {
  return respond(basics('internal-error', requestId), {});
}

function basics(code: ProblemCode, requestId: string): Problem {
  const { title, status } = problems[code];
  return { type: `/problems/${code}`, title, status, code, instance: requestId };
}

function respond(problem: Problem, headers: Record<string, string>): Response {
  return new Response(JSON.stringify(problem), { status: problem.status, headers: { ...HEADERS, ...headers } });
}
