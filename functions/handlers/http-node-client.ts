import type { Node } from '../domain/node.ts';
import { toNodeUrl } from '../domain/node-url.ts';
import { Refusal } from '../domain/refusal.ts';
import type { NodeClient } from '../operations/node-client.ts';

/** A node that is there answers within milliseconds. */
const TIMEOUT_MS = 3000;

/** Asks nodes at the address that their clients are given. */
export class HttpNodeClient implements NodeClient {
  async get(node: Node, path: `/${string}`, token: string): Promise<unknown> {
    try {
      const response = await fetch(toNodeUrl(node.url, path), {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`${response.status} of ${path}`);
      return await response.json();
    } catch (cause) {
      throw new Refusal('node-unreachable', `The node ${node.id} does not answer.`, { cause });
    }
  }
}
