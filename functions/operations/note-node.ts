import { type Node, tellingStatusOf, toNodeResource } from '../domain/node.ts';
import type { Books } from './context.ts';

/** Tells webhooks when a node is otherwise than they were told last: once, however many notice it. */
export async function noteNode({ store, clock }: Books, node: Node, alive: boolean): Promise<void> {
  const status = tellingStatusOf(node, alive);
  if (status === (node.toldStatus ?? 'ready')) return;
  const data = toNodeResource(node, alive);
  await store.nodes.noteStatus(node, status, {
    type: `node.${status}`,
    createdAtMs: clock(),
    node: node.id,
    data,
  });
}
