import type { NodeResource } from '@muon/contract/node.ts';
import { type Node, type Placing, toNodeResource } from '../domain/node.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Context } from './context.ts';
import type { Operations } from './operation.ts';

export const listNodes: Operations['listNodes'] = async (context) => {
  const nodes = await context.store.nodes.list();
  return { data: nodes.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((node) => toResource(context, node)) };
};

export const getNode: Operations['getNode'] = async (context, { params }) =>
  toResource(context, await findNode(context, params.node));

export const cordonNode: Operations['cordonNode'] = (context, { params }) =>
  place(context, params.node, () => ({ cordonedAtMs: context.clock() }));

export const drainNode: Operations['drainNode'] = (context, { params, body }) =>
  place(context, params.node, ({ cordonedAtMs = context.clock() }) => ({
    cordonedAtMs,
    drainUntilMs: context.clock() + body.timeoutSeconds * 1000,
  }));

export const uncordonNode: Operations['uncordonNode'] = (context, { params }) =>
  place(context, params.node, () => ({}));

async function place(context: Context, id: string, toPlacing: (node: Node) => Placing): Promise<NodeResource> {
  const node = await findNode(context, id);
  const placing = toPlacing(node);
  if ((await context.store.nodes.place(id, placing)) === 'unknown') throw new Refusal('node-not-found');
  return toResource(context, { ...node, cordonedAtMs: undefined, drainUntilMs: undefined, ...placing });
}

async function findNode({ store }: Context, id: string): Promise<Node> {
  const node = await store.nodes.get(id);
  if (!node) throw new Refusal('node-not-found', `There is no node ${id}.`);
  return node;
}

function toResource({ fleet }: Context, node: Node): NodeResource {
  return toNodeResource(node, fleet.isAlive(node));
}
