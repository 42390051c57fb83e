import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type Problem, type ProblemCode, problems } from '@muon/contract/problem.ts';

/** A problem that is seen before any function is asked. */
export function toProblem(code: ProblemCode, detail: string): Problem {
  return { type: `/problems/${code}`, ...problems[code], code, detail, instance: randomUUID() };
}

export function sendProblem(response: ServerResponse, code: ProblemCode, detail: string): void {
  const problem = toProblem(code, detail);
  response
    .writeHead(problem.status, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
    .end(JSON.stringify(problem));
}
