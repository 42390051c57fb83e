import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Egress } from '@muon/contract/egress.ts';
import type { EgressAssignment } from '@muon/contract/internal.ts';
import { ControlPlane } from '@muon/service/control-plane.ts';
import { registerGateway } from '@muon/service/gateway-registration.ts';
import { openLog } from '@muon/service/log.ts';
import { secretSigner } from '@muon/service/request-signer.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Muon } from './support/muon.ts';
import { until } from './support/until.ts';

let muon: Muon;
beforeAll(async () => {
  // Heartbeats bring nothing in time.
  muon = await Muon.start({ MUON_HEARTBEAT_INTERVAL_MS: '60000', MUON_API_RATE: '1000' });
});
afterAll(() => muon[Symbol.asyncDispose]());

const SERVICE = { kind: 'rtmp', hlsUrl: 'http://localhost:9/hls', rtmpUrl: 'rtmp://localhost:9/live' } as const;

test('a gateway has a command in the median within 250 ms', async () => {
  const secrets = JSON.parse(await readFile(join(muon.dataDir, 'secrets.json'), 'utf8')) as { internalSecret: string };
  /** What the gateway is to run, and since when. */
  let heard: { readonly egresses: readonly EgressAssignment[]; readonly atMs: number } = { egresses: [], atMs: 0 };
  const registration = registerGateway({
    controlPlane: new ControlPlane(muon.apiUrl, secretSigner(secrets.internalSecret)),
    log: openLog('test', 'silent'),
    gateway: { id: 'gw_test', region: 'local', service: SERVICE, capacity: 1000 },
    tell: () => ({ egresses: [] }),
    apply: ({ egresses }) => void (heard = { egresses, atMs: performance.now() }),
  });
  await registration.ready;
  const room = await muon.api<{ id: string }>('POST', '/v1/rooms', {});
  // The system's own gateway takes some.
  const egress = await until('one is ours', async () => {
    const made = await muon.api<Egress>('POST', '/v1/egresses', { room: room.id, outputs: [{ type: 'hls' }] });
    if (made.outputs[0]!.playlistUrl!.startsWith(SERVICE.hlsUrl)) return made;
    await muon.api('DELETE', `/v1/egresses/${made.id}`);
    return undefined;
  });
  const delaysMs: number[] = [];
  for (let count = 0; count < 20; count += 1) {
    const layout = count % 2 === 0 ? 'focus' : 'grid';
    await muon.api('PATCH', `/v1/egresses/${egress.id}`, { layout });
    const answeredMs = performance.now();
    await until('it is heard', () => heard.egresses.some((each) => each.id === egress.id && each.layout === layout));
    delaysMs.push(Math.max(0, heard.atMs - answeredMs));
  }
  registration.close();
  delaysMs.sort((a, b) => a - b);
  console.log(`heard after ${delaysMs[10]!.toFixed(0)} ms in the median, ${delaysMs.at(-1)!.toFixed(0)} ms at most`);
  expect(delaysMs[10]).toBeLessThan(250);
});
