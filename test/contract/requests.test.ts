import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { operations } from './description.ts';
import { httpExchange } from './http-exchange.ts';
import { draftOfAny } from './requests.ts';
import { Requester } from './requester.ts';
import { Stage } from './stage.ts';

/** `MUON_CONTRACT_REQUESTS` for another number, `MUON_CONTRACT_SEED` for the same requests again. */
const REQUESTS = Number(process.env['MUON_CONTRACT_REQUESTS'] ?? 10_000);
const SEED = Number(process.env['MUON_CONTRACT_SEED'] ?? Date.now() % 2 ** 31);

/** So many at once, so that they also meet one another. */
const CLIENTS = 4;

/** WHIP and WHEP lead to a node: the 2xx comes from there. */
const doneBy307 = new Set(['whip', 'whep']);

test(`${REQUESTS} generated requests are answered as openapi.yaml says`, { timeout: 300_000 }, async () => {
  process.stdout.write(`MUON_CONTRACT_SEED=${SEED}\n`);
  await using stage = await Stage.open();
  const requester = new Requester(httpExchange(stage.origin), Stage.apiKey);
  const urls = ['/events', '/500', '/410'].map((path) => stage.receiver + path);
  const property = fc.asyncProperty(draftOfAny({ urls }), (draft) => requester.send(draft));

  const clients = Array.from({ length: CLIENTS }, (_, client) =>
    fc.assert(property, { numRuns: REQUESTS / CLIENTS, seed: SEED + client }),
  );
  await Promise.allSettled(clients);
  await Promise.all(clients);

  const undone = operations
    .map(({ operation }) => operation.operationId)
    .filter((id) => {
      const outcomes = [...(requester.tally.get(id)?.keys() ?? [])];
      return !outcomes.some((each) => /^2\d\d$/.test(each) || (doneBy307.has(id) && each === '307'));
    });
  expect(undone, 'operations that were never done').toEqual([]);
  expect(stage.log).toBe('');
});
