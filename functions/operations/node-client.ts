import type { Node } from '../domain/node.ts';

/** Asks nodes over HTTP. */
export interface NodeClient {
  /**
   * What the node answers at a path, as JSON.
   *
   * @throws Refusal `node-unreachable` when it does not answer, or refuses.
   */
  get(node: Node, path: `/${string}`, token: string): Promise<unknown>;
}
