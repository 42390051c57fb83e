import { mayTellLate } from '../domain/former-holder.ts';
import type { HeldRoom } from '../domain/node.ts';
import type { Books } from './context.ts';

/** The rooms that a node may tell of: those that it holds, and for some days those that it has held, also when they are gone. */
export class Holdings {
  readonly #context: Books;
  readonly #nodeId: string;
  readonly #held = new Map<string, Promise<boolean>>();
  /** What it told of and may not. */
  readonly refused = new Set<string>();

  constructor(context: Books, nodeId: string, placed: readonly HeldRoom[]) {
    this.#context = context;
    this.#nodeId = nodeId;
    for (const { roomId } of placed) this.#held.set(roomId, Promise.resolve(true));
  }

  /** Whether the node may tell of this room. */
  async has(roomId: string): Promise<boolean> {
    const known = this.#held.get(roomId) ?? this.#read(roomId);
    this.#held.set(roomId, known);
    const has = await known;
    if (!has) this.refused.add(roomId);
    return has;
  }

  async #read(roomId: string): Promise<boolean> {
    const { store, clock } = this.#context;
    const room = await store.rooms.get(roomId);
    if (room?.allocation?.nodeId === this.#nodeId) return true;
    const { formerNodes } = room ?? (await store.rooms.ended(roomId)) ?? {};
    return mayTellLate(formerNodes, this.#nodeId, clock());
  }
}
