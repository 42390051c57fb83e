import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { problems, type Problem, type ProblemCode } from '@muon/contract/problem.ts';

const CONTENT_TYPE = 'application/problem+json';

/** Answers a request with a problem (RFC 9457). */
export function sendProblem(response: ServerResponse, code: ProblemCode, detail?: string): void {
  const problem = toProblem(code, detail);
  response.writeHead(problem.status, { 'content-type': CONTENT_TYPE });
  response.end(JSON.stringify(problem));
}

/** Refuses to upgrade to a WebSocket with a problem, and ends the connection. */
export function refuseUpgrade(socket: Duplex, code: ProblemCode, detail?: string): void {
  const problem = toProblem(code, detail);
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
      `Content-Type: ${CONTENT_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function toProblem(code: ProblemCode, detail: string | undefined): Problem {
  const { status, title } = problems[code];
  return { type: `/problems/${code}`, title, status, code, ...(detail === undefined ? {} : { detail }) };
}
