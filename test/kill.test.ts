import type { Egress } from '@muon/contract/egress.ts';
import type { Room } from '@muon/contract/room.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Muon } from './support/muon.ts';
import type { RunningProcess } from './support/process-tree.ts';
import { until } from './support/until.ts';

let muon: Muon;
let egress: Egress;
beforeAll(async () => {
  muon = await Muon.start();
  await muon.api('POST', '/v1/rooms', { name: 'lesson' });
  // So that a program's process is among those that are killed.
  egress = await muon.api<Egress>('POST', '/v1/egresses', {
    room: 'lesson',
    encoding: small,
    outputs: [{ type: 'hls' }],
  });
  await until('the program is on air', () => isOnAir(), { timeoutMs: 60_000 });
});
afterAll(() => muon[Symbol.asyncDispose]());

const small = { width: 320, height: 180, frameRate: 10, videoBitrateBps: 300_000 };

test('every process that is killed comes back, the others live on, rooms and keys are still there', async () => {
  const victims = muon.processes().map(({ command }) => command);
  // The runner, control plane, media node, two gateways, and what these start: SIP signalling, RTMP server, a program.
  expect(victims.length).toBeGreaterThanOrEqual(8);
  for (const command of new Set(victims)) {
    const before = muon.processes();
    const victim = before.find((process) => process.command === command)!;
    process.kill(victim.pid, 'SIGKILL');
    await until(`${command} runs again`, () =>
      muon.processes().some((it) => it.command === command && it.pid !== victim.pid),
    );
    const running = new Set(muon.processes().map(({ pid }) => pid));
    for (const other of withoutTree(before, victim)) expect(running, `${other.command} lived on`).toContain(other.pid);
    await until('the room is there', async () => (await muon.api<Room>('GET', '/v1/rooms/lesson')).name === 'lesson');
    await until('the room can be joined', canJoin, { timeoutMs: 30_000 });
    await until('the program is on air again', () => isOnAir(), { timeoutMs: 60_000 });
  }
}, 400_000);

test('after a stop and a new start the room and the key are still there', async () => {
  await muon.stop();
  await muon.run();
  expect(await muon.api<Room>('GET', '/v1/rooms/lesson')).toMatchObject({ name: 'lesson' });
});

/** Whether the program goes on: its playlist moves. */
async function isOnAir(): Promise<boolean> {
  const url = egress.outputs[0]!.playlistUrl!.replace('master.m3u8', 'live.m3u8');
  const before = await playlist(url);
  return until('the playlist moves', async () => (await playlist(url)) !== before, { timeoutMs: 5000 });
}

async function playlist(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`playlist: ${response.status}`);
  return response.text();
}

async function canJoin(): Promise<boolean> {
  const { token } = await muon.api<{ token: string }>('POST', '/v1/rooms/lesson/tokens', { identity: 'ada' });
  const join = await fetch(`${muon.apiUrl}/v1/join`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  if (!join.ok) throw new Error(await join.text());
  const { url } = (await join.json()) as { url: string };
  return (await fetch(new URL('/healthz', url.replace('ws', 'http')))).ok;
}

/** All but `victim` and what it had started. */
function withoutTree(processes: readonly RunningProcess[], victim: RunningProcess): RunningProcess[] {
  const gone = new Set([victim.pid]);
  for (const { pid, parent } of processes) if (gone.has(parent)) gone.add(pid);
  return processes.filter(({ pid }) => !gone.has(pid));
}
