import { bytesOf, draftOfAny } from '@muon/test/contract/requests.ts';
import { type Exchange, Requester } from '@muon/test/contract/requester.ts';
import { answerOfNode } from '@muon/test/contract/stage.ts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { API_KEY, World } from '../http/world.fixture.ts';

/** Enough to see what is wrong in most requests; many more are sent to the whole control plane in test/contract. */
const REQUESTS = 2000;

test('generated requests are answered as openapi.yaml says', { timeout: 120_000 }, async () => {
  const world = await World.open();
  world.answerOfNode = ({ path }) => answerOfNode(path.split('/').at(-1)!);
  for (const node of ['nd_1', 'nd_2']) await world.registerNode(node, { capacity: 1_000_000 });
  await world.registerGateway('gw_1', { capacity: 1_000_000 });
  await world.registerGateway('gw_sip', { service: { kind: 'sip', address: '127.0.0.1' }, capacity: 1_000_000 });
  const requester = new Requester(exchangeWith(world), API_KEY);
  const urls = ['https://example.com/events'];

  await fc.assert(
    fc.asyncProperty(draftOfAny({ urls }), (draft) => requester.send(draft)),
    { numRuns: REQUESTS },
  );

  expect(world.errors).toEqual([]);
  const done = [...requester.tally.values()].filter((outcomes) =>
    [...outcomes.keys()].some((each) => each.startsWith('2')),
  );
  expect(done.length).toBeGreaterThan(40);
});

function exchangeWith(world: World): Exchange {
  return async ({ pathname, search }, wire) => {
    // Requests of the Fetch standard have no body with these.
    const body = wire.method === 'GET' ? undefined : bytesOf(wire)?.toString();
    const answered = await world.call<unknown>(pathname + search, { ...wire, body, bearer: undefined });
    const text = answered.body === undefined ? '' : JSON.stringify(answered.body);
    return { status: answered.status, headers: Object.fromEntries(answered.headers), text };
  };
}
