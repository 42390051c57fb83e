import type { Joined } from '@muon/contract/join.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { claimsOf, World } from '../http/world.fixture.ts';

let world: World;
let token: string;
let joined: Joined;
/** Node that the room is not on. */
let other: string;
beforeEach(async () => {
  world = await World.open();
  for (const id of ['nd_1', 'nd_2']) await world.registerNode(id);
  ({ token } = await world.roomWithToken());
  joined = (await join()).body;
  other = joined.node.id === 'nd_1' ? 'nd_2' : 'nd_1';
});

const join = (body: object = {}) => world.post<Joined>('/v1/join', body, token);
const beat = (id: string) =>
  world.callInternal(`/internal/nodes/${id}/heartbeat`, {
    generation: 1,
    rooms: [{ id: joined.room.id, epoch: 1, participants: 1 }],
  });
const epochOf = ({ accessToken }: Joined) => claimsOf(accessToken)['epoch'];

describe('a room whose node a client cannot reach', () => {
  test('is placed anew at once when the node neither answers nor sends the heartbeat that is due', async () => {
    world.answerOfNode = () => undefined;
    world.nowMs += 750;
    await beat(other);
    const { body } = await join({ failedNode: joined.node.id });
    expect(body.node.id).toBe(other);
    expect(epochOf(body)).toBe(2);
    expect((await world.store.nodes.get(joined.node.id))?.reserved).toBe(0);
  });

  test('stays while the node answers, or beats although it does not answer', async () => {
    world.nowMs += 750;
    expect((await join({ failedNode: joined.node.id })).body.node.id).toBe(joined.node.id);
    expect(world.nodeRequests).toMatchObject([{ node: joined.node.id, path: '/healthz' }]);

    world.answerOfNode = async ({ path }) => {
      // The heartbeat comes while it is looked at.
      if (path === '/healthz') await beat(joined.node.id);
      return undefined;
    };
    world.nowMs += 500;
    const { body } = await join({ failedNode: joined.node.id });
    expect([body.node.id, epochOf(body)]).toEqual([joined.node.id, 1]);
  });

  test('stays when it is another node that could not be reached', async () => {
    world.answerOfNode = () => undefined;
    expect((await join({ failedNode: other })).body.node.id).toBe(joined.node.id);
    expect((await join({ failedNode: 'nd_unknown' })).body.node.id).toBe(joined.node.id);
    expect(world.nodeRequests).toEqual([]);
  });

  test('is placed once, however many tell of it', async () => {
    world.answerOfNode = () => undefined;
    world.nowMs += 750;
    await beat(other);
    const tokens = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const body = { identity: `user-${index}` };
        return (await world.post<{ token: string }>(`/v1/rooms/${joined.room.id}/tokens`, body)).body.token;
      }),
    );
    const answers = await Promise.all(
      tokens.map((each) => world.post<Joined>('/v1/join', { failedNode: joined.node.id }, each)),
    );
    expect(new Set(answers.map(({ body }) => `${body.node.id} ${String(epochOf(body))}`))).toEqual(
      new Set([`${other} 2`]),
    );
    expect((await world.store.nodes.get(other))?.reserved).toBe(10);
  });
});
