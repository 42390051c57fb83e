import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Joined } from '@muon/contract/join.ts';
import { Receiver } from '@muon/functions/delivery/receiver.fixture.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Muon } from './support/muon.ts';
import { freePortOffset } from './support/ports.ts';
import { startProcess, type RunningProcess } from './support/process.ts';
import { until } from './support/until.ts';

let muon: Muon;
let receiver: Receiver;
const killed: string[] = [];
/** Nodes that nobody starts again. */
const nodes = new Map<string, RunningProcess>();

beforeAll(async () => {
  // As often as on AWS.
  receiver = await Receiver.open();
  muon = await Muon.start({ MUON_HEARTBEAT_INTERVAL_MS: '5000' });
  await muon.api('POST', '/v1/webhooks', { url: receiver.url, events: ['node.*'] });
  const { internalSecret } = JSON.parse(await readFile(join(muon.dataDir, 'secrets.json'), 'utf8')) as {
    internalSecret: string;
  };
  for (const id of ['nd_a', 'nd_b', 'nd_c']) {
    const env = {
      MUON_NODE_ID: id,
      MUON_PORT_OFFSET: String(await freePortOffset()),
      MUON_API_URL: muon.apiUrl,
      MUON_INTERNAL_SECRET: internalSecret,
    };
    nodes.set(id, await startProcess('media-node/main.ts', env));
  }
  const { data } = await muon.api<{ data: { id: string }[] }>('GET', '/v1/nodes');
  for (const { id } of data) if (!nodes.has(id)) await muon.api('POST', `/v1/nodes/${id}/cordon`);
});
afterAll(async () => {
  for (const node of nodes.values()) await node.close();
  await muon[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

/** Kills the node of a new room; how long it takes until somebody who joins is sent to another. */
async function measure(report: boolean): Promise<number> {
  const { name } = await muon.api<{ name: string }>('POST', '/v1/rooms', {});
  const ask = async (body: object): Promise<Joined> => {
    // Each token may be used once a second.
    const { token } = await muon.api<{ token: string }>('POST', `/v1/rooms/${name}/tokens`, { identity: 'ada' });
    const init = { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: JSON.stringify(body) };
    return (await fetch(`${muon.apiUrl}/v1/join`, init)).json() as never;
  };
  const before = (await ask({})).node.id;
  process.kill(nodes.get(before)!.pid, 'SIGKILL');
  killed.push(before);
  const killedMs = performance.now();
  const body = report ? { failedNode: before } : {};
  const options = { timeoutMs: 30_000, intervalMs: report ? 100 : 250 };
  const isElsewhere = async (): Promise<boolean> => ![undefined, before].includes((await ask(body)).node?.id);
  await until('it is on another node', isElsewhere, options);
  return performance.now() - killedMs;
}

test('a room whose node was killed is placed anew within 15 s', async () => {
  const tookMs = await measure(false);
  console.log(`placed anew ${(tookMs / 1000).toFixed(1)} s after the kill`);
  expect(tookMs).toBeLessThan(15_000);
});

test('a room whose node was killed is placed anew as soon as its next heartbeat is late, when a client tells', async () => {
  const tookMs = await measure(true);
  console.log(`placed anew ${(tookMs / 1000).toFixed(1)} s after the kill, since a client told`);
  expect(tookMs).toBeLessThan(9000);
});

test('webhooks are told of every node that started, and of those that were lost', async () => {
  const told = (type: string) =>
    receiver.received.filter(({ event }) => event.type === type).map(({ event }) => (event.data as { id: string }).id);
  await until('both are told', () => told('node.lost').length >= 2, { timeoutMs: 30_000 });
  expect(told('node.lost').toSorted()).toEqual(killed.toSorted());
  expect(told('node.registered')).toEqual(expect.arrayContaining(['nd_a', 'nd_b', 'nd_c']));
});
