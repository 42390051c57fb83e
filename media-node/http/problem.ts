import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { problems, type Problem, type ProblemCode } from '@muon/contract/problem.ts';

const CONTENT_TYPE = 'application/problem+json';

/** Answers a request with a problem (RFC 9457). */
export function sendProblem(response: ServerResponse, code: ProblemCode, detail?: string): void {
  const problem = toProblem(code, detail);
  response.writeHead(problem.status, { 'content-type': CONTENT_TYPE, ...retryHeaders(code) });
  response.end(JSON.stringify(problem));
}

/** How soon it is worth trying again what a node had no room for. */
const RETRY_AFTER_SECONDS = 2;

/** Refuses to upgrade to a WebSocket with a problem, and ends the connection. */
export function refuseUpgrade(socket: Socket, code: ProblemCode, detail?: string): void {
  const problem = toProblem(code, detail);
  const body = JSON.stringify(problem);
  const retry = Object.entries(retryHeaders(code))
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  socket.write(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
      `Content-Type: ${CONTENT_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n${retry}\r\n${body}`,
  );
  // Whoever keeps its half open would hold the connection for ever.
  socket.destroySoon();
}

/** For what is over in a moment. */
function retryHeaders(code: ProblemCode): Readonly<Record<string, string>> {
  const { status } = problems[code];
  return status === 429 || status === 503 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {};
}

function toProblem(code: ProblemCode, detail: string | undefined): Problem {
  const { status, title } = problems[code];
  return { type: `/problems/${code}`, title, status, code, ...(detail === undefined ? {} : { detail }) };
}
