import { problemSchema } from '@muon/contract/problem.ts';
import { roomCommandProblems } from '@muon/contract/room-command.ts';
import type { Node } from '../domain/node.ts';
import { toNodeUrl } from '../domain/node-url.ts';
import { Refusal } from '../domain/refusal.ts';
import type { NodeClient, NodeRequest } from '../operations/node-client.ts';

/** A node that is there answers within milliseconds. */
const TIMEOUT_MS = 3000;

/** Asks nodes at the address that their clients are given. */
export class HttpNodeClient implements NodeClient {
  async ask(node: Node, request: NodeRequest): Promise<unknown> {
    try {
      const response = await send(node, request);
      const answer: unknown = await response.json();
      if (response.ok) return answer;
      throw toRefusal(answer) ?? new Error(`${response.status} of ${request.path}`);
    } catch (cause) {
      if (cause instanceof Refusal) throw cause;
      throw new Refusal('node-unreachable', `The node ${node.id} does not answer.`, { cause });
    }
  }
}

function send(node: Node, { path, token, body }: NodeRequest): Promise<Response> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const url = toNodeUrl(node.url, path);
  if (body === undefined) return fetch(url, { headers: authorization, signal });
  const headers = { ...authorization, 'content-type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
}

/** What whoever asked can act on. */
function toRefusal(answer: unknown): Refusal | undefined {
  const problem = problemSchema.safeParse(answer).data;
  const code = roomCommandProblems.find((each) => each === problem?.code);
  return code && new Refusal(code, problem?.detail);
}
