import { SIGNAL_SUBPROTOCOL } from '@muon/contract/signal.ts';
import type { ConnectionQuality } from '@muon/contract/signal-notice.ts';
import { expect, test } from 'vitest';
import { RpcClient } from '../support/rpc-client.ts';
import { until } from '../support/until.ts';
import { FaultStage } from './stage.ts';

/** Somebody in the room whom no fault reaches, and what is told of everybody's connection. */
async function watch(stage: FaultStage): Promise<RpcClient> {
  const token = await stage.node.controlPlane.token({ identity: 'eve' });
  const eve = await RpcClient.open(stage.node.url('/ws'), token, [SIGNAL_SUBPROTOCOL]);
  await eve.call('join', { sid: 'test' });
  return eve;
}

type Notice = { readonly participants: readonly { readonly identity: string; readonly quality: ConnectionQuality }[] };

/** All that was told of somebody, the latest last. */
function told(eve: RpcClient, identity: string): ConnectionQuality[] {
  const notices = eve.notices('quality') as Notice[];
  const all = notices.flatMap(({ participants }) => participants.filter((one) => one.identity === identity));
  return all.map(({ quality }) => quality);
}

test('others are told how well somebody is connected: poorly while packets are lost, not at all while none come', async () => {
  await using stage = await FaultStage.open(['ada', 'bob']);
  const { network } = stage;
  const eve = await watch(stage);
  const becomes = async (quality: ConnectionQuality): Promise<void> => {
    await until(`bob is ${quality}`, () => told(eve, 'bob').at(-1) === quality, { timeoutMs: 60_000 });
    await until('he knows', () => stage.page('bob').evaluate((is) => window.room.quality('bob') === is, quality));
  };
  await becomes('excellent');
  const clientPorts = await stage.ports('bob');
  const loss = { loss: 0.3 };
  await network.set({ up: loss, down: loss }, { clientPorts });
  await becomes('poor');
  await network.set({ up: {}, down: {} }, { clientPorts });
  await becomes('excellent');
  expect(told(eve, 'ada')).not.toContain('poor');

  // All, since a client that looks for another path finds one from another port.
  const outage = { outage: true };
  await network.set({ up: outage, down: outage });
  await becomes('lost');
  await network.set({ up: {}, down: {} });
  await becomes('excellent');

  await network.cutTcp();
  await until('bob is lost', () => told(eve, 'bob').at(-1) === 'lost');
  await network.mendTcp();
  await becomes('excellent');
  eve.close();
});
