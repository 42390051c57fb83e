import { WireConnection } from '@muon/media-node/io/wire-connection.fixture.ts';
import { writeU16, writeU32 } from '@muon/wire/bytes.ts';
import { isRtcp } from '@muon/wire/rtp/packet.ts';
import { expect, test } from 'vitest';
import { RpcClient } from '../support/rpc-client.ts';
import { RtpSource } from '../support/rtp-source.ts';
import { until } from '../support/until.ts';
import { FaultStage } from './stage.ts';

const SSRC = 77;
const BURST = 260;

/** Two seconds of sound come before the burst; the wrap is in the middle of it. */
const BEFORE = 100;
const FIRST_SEQ = 65_536 - BEFORE - BURST / 2;

test('a browser hears a publisher again of whom 260 packets were lost across the wrap of sequence numbers', async () => {
  await using stage = await FaultStage.open(['ada']);
  const token = await stage.node.controlPlane.token({ identity: 'wire' });
  const rpc = await RpcClient.open(stage.node.url('/ws'), token);
  const wire = await WireConnection.create();
  const offer = wire.offer([{ kind: 'audio', payloadType: 111, ssrc: SSRC }]);
  const { result } = await rpc.call('join', { sid: 'test', offer: { type: 'offer', sdp: offer } });
  wire.begin((result as { sdp: string }).sdp);
  await until('the publisher is connected', () => wire.connected);
  await stage.network.loseBurst('up', { ssrc: SSRC, fromSeq: (FIRST_SEQ + BEFORE) & 0xffff, count: BURST });

  let sent = 0;
  await using _ = await RtpSource.start('audio', (packet) => {
    if (isRtcp(packet)) return;
    const numbered = Uint8Array.from(packet);
    writeU16(numbered, 2, (FIRST_SEQ + sent++) & 0xffff);
    writeU32(numbered, 8, SSRC);
    wire.send(wire.protect(numbered));
  });
  const received = async (): Promise<number> =>
    (await stage.page('ada').evaluate(() => window.participant.inbound()))
      .filter(({ kind }) => kind === 'audio')
      .reduce((sum, { packetsReceived }) => sum + packetsReceived, 0);
  const lost = async (): Promise<number> =>
    (await stage.network.flows()).reduce((sum, { up }) => sum + up.lostInBurst, 0);

  await until('it is heard', async () => (await received()) > BEFORE / 2);
  await until('the burst is lost', async () => (await lost()) === BURST);
  const atTheEnd = await received();
  expect(atTheEnd).toBeLessThanOrEqual(BEFORE + 10);
  await until('it is heard again', async () => (await received()) > atTheEnd + BEFORE);
  expect(await stage.node.metric('muon_media_unauthentic_total')).toBe(0);
  expect(sent).toBeGreaterThan(BEFORE + BURST);
  wire.close();
  rpc.close();
});
