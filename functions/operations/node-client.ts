import type { Node } from '../domain/node.ts';

export interface NodeRequest {
  readonly path: `/${string}`;
  /** Absent for what anybody may ask. */
  readonly token?: string;
  /** Sent as JSON by POST; a request without it is a GET. */
  readonly body?: unknown;
}

/** Asks nodes over HTTP. */
export interface NodeClient {
  /**
   * What the node answers, as JSON.
   *
   * @throws Refusal a problem that the node has with what is asked (`roomCommandProblems`); `node-unreachable` when it does
   * not answer, or refuses for another reason.
   */
  ask(node: Node, request: NodeRequest): Promise<unknown>;
}
