import { Receiver } from '@muon/functions/delivery/receiver.fixture.ts';
import { newNode } from '@muon/functions/store/store.fixture.ts';
import { MeteredControlPlane } from './control-plane.ts';
import type { Consumption } from './meter.ts';

/** One thing that happens to a room, and what it asks of AWS. */
export interface Step extends Consumption {
  readonly name: StepName;
  /** Requests to the API. */
  readonly requests: number;
  /** Calls of the function behind the table's stream. */
  readonly streamCalls: number;
}

export type StepName = 'create' | 'mint' | 'firstJoin' | 'join' | 'attendance' | 'delete';

export interface LifeCycleOptions {
  /** Whether the functions have kept the API key and the nodes from requests just before; instances that are new have not. */
  readonly warm: boolean;
  /** Whether a webhook hears of everything. */
  readonly webhook: boolean;
}

/** As many as one host has. */
const NODES = ['nd_1', 'nd_2', 'nd_3', 'nd_4'];

/** A room from its creation to its deletion, metered step by step. What is for each participant is there once. */
export async function lifeCycle({ warm, webhook }: LifeCycleOptions): Promise<readonly Step[]> {
  await using receiver = await Receiver.open();
  const controlPlane = await MeteredControlPlane.open();
  for (const id of NODES) await controlPlane.callInternal('/internal/nodes', newNode(id, { capacity: 1000 }));
  if (webhook) await controlPlane.call('POST', '/v1/webhooks', { url: receiver.url, events: ['*'] });
  // Also fills what is kept.
  await new Life(controlPlane, true).live('room-before');
  return new Life(controlPlane, warm).live('room-metered');
}

class Life {
  readonly #controlPlane: MeteredControlPlane;
  readonly #warm: boolean;

  constructor(controlPlane: MeteredControlPlane, warm: boolean) {
    this.#controlPlane = controlPlane;
    this.#warm = warm;
  }

  async live(name: string): Promise<Step[]> {
    const created = await this.#step('create', 1, () =>
      this.#controlPlane.call<Room>('POST', '/v1/rooms', { name, metadata: { course: 'algebra' } }),
    );
    const room = created.result;
    const minted = await this.#step('mint', 1, () => this.#mint(room, 'user-1'));
    const second = await this.#mint(room, 'user-2');
    const firstJoin = await this.#step('firstJoin', 1, () => this.#join(minted.result.token));
    const join = await this.#step('join', 1, () => this.#join(second.token));
    const node = firstJoin.result.node.id;
    const attended = await this.#step('attendance', 0, () => this.#comeAndGo(node, room));
    const beats = await this.#step('attendance', 0, () => this.#beat(node, [[], []]));
    const deleted = await this.#step('delete', 1, () => this.#controlPlane.call('DELETE', `/v1/rooms/${room.id}`));
    const attendance = without(attended.step, beats.step);
    return [created.step, minted.step, firstJoin.step, join.step, attendance, deleted.step];
  }

  async #step<Result>(name: StepName, requests: number, run: () => Promise<Result>) {
    if (!this.#warm) this.#controlPlane.restart();
    this.#controlPlane.meter.take();
    this.#controlPlane.takeStreamCalls();
    const result = await run();
    await this.#controlPlane.drainStream();
    const streamCalls = this.#controlPlane.takeStreamCalls();
    const step: Step = { name, requests, streamCalls, ...this.#controlPlane.meter.take() };
    return { result, step };
  }

  #mint(room: Room, identity: string): Promise<{ readonly token: string }> {
    return this.#controlPlane.call('POST', `/v1/rooms/${room.id}/tokens`, { identity, name: 'Ada Lovelace' });
  }

  #join(token: string): Promise<{ readonly node: { readonly id: string } }> {
    return this.#controlPlane.call('POST', '/v1/join', {}, token);
  }

  /** Two heartbeats of the node tell of one participant who came and who went. */
  #comeAndGo(node: string, room: Room): Promise<void> {
    const at = new Date().toISOString();
    const person = { identity: 'user-1', name: 'Ada Lovelace', kind: 'standard', attributes: {}, joinedAt: at };
    const place = { id: room.id, name: room.name };
    const came = { seq: nextSeq(), room: place, ...person };
    const went = { seq: nextSeq(), room: place, ...person, leftAt: at, reason: 'left' };
    return this.#beat(node, [[came], [went]]);
  }

  async #beat(node: string, reports: readonly (readonly object[])[]): Promise<void> {
    for (const attendance of reports) {
      const body = { generation: 1, rooms: [], attendance };
      await this.#controlPlane.callInternal(`/internal/nodes/${node}/heartbeat`, body);
      await this.#controlPlane.drainStream();
    }
  }
}

interface Room {
  readonly id: string;
  readonly name: string;
}

let seq = 0;
function nextSeq(): number {
  seq += 1;
  return seq;
}

/** What a step took more than another. */
function without(step: Step, other: Step): Step {
  const operations = Object.entries(step.operations).map(([name, times]) => [
    name,
    times - (other.operations[name] ?? 0),
  ]);
  return {
    ...step,
    operations: Object.fromEntries(operations.filter(([, times]) => times !== 0)) as Record<string, number>,
    readUnits: step.readUnits - other.readUnits,
    writeUnits: step.writeUnits - other.writeUnits,
    streamCalls: step.streamCalls - other.streamCalls,
  };
}
