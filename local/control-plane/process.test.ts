import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { newSigningKey } from '@muon/functions/http/world.fixture.ts';
import { keys } from '@muon/functions/store/keys.ts';
import { newEgress, newGateway, newRoom } from '@muon/functions/store/store.fixture.ts';
import { openStore } from '@muon/functions/store/store.ts';
import { freePortOffset } from '@muon/test/support/ports.ts';
import { afterAll, expect, test } from 'vitest';
import { openDatabase } from './database.ts';

const key = `mk_process_${'x'.repeat(32)}`;
const main = join(import.meta.dirname, '../control-plane.ts');
const dataDir = mkdtempSync(join(tmpdir(), 'muon-control-'));

let running: ChildProcess | undefined;

afterAll(async () => {
  if (running) await end(running, 'SIGKILL');
  rmSync(dataDir, { recursive: true });
});

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

/** How the process is started over these data, and called. */
async function processOver(data: string) {
  const offset = await freePortOffset();
  const env = {
    ...process.env,
    MUON_DATA_DIR: data,
    MUON_PORT_OFFSET: String(offset),
    MUON_BOOTSTRAP_KEY: key,
    MUON_INTERNAL_SECRET: 's'.repeat(32),
    MUON_SIGNING_KEY: newSigningKey(),
    MUON_LOG_LEVEL: 'silent',
  };
  return {
    start: async (): Promise<ChildProcess> => {
      running = spawn(process.execPath, [main], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      await once(running, 'message');
      return running;
    },
    call: (path: string, bearer: string, method = 'GET', body?: string) =>
      fetch(`http://127.0.0.1:${8080 + offset}${path}`, {
        method,
        headers: { authorization: `Bearer ${bearer}` },
        ...(body === undefined ? {} : { body }),
      }),
  };
}

test('the process keeps rooms, keys and tokens over SIGKILL, and ends cleanly on SIGTERM', async () => {
  const { start, call } = await processOver(dataDir);
  const first = await start();
  expect((await call('/v1/rooms', key, 'POST', '{"name":"algebra"}')).status).toBe(201);
  const minted = await call('/v1/rooms/algebra/tokens', key, 'POST', '{"identity":"ada"}');
  const { token } = (await minted.json()) as { token: string };
  await end(first, 'SIGKILL');

  const second = await start();
  expect((await call('/v1/rooms/algebra', key)).status).toBe(200);
  expect(await (await call('/v1/join', token, 'POST')).json()).toMatchObject({ code: 'no-node-available' });
  await end(second, 'SIGTERM');
  expect([second.exitCode, second.signalCode]).toEqual([0, null]);
});

test('a broadcast in the data of an earlier version, which listed none with their rooms, ends with its room', async () => {
  const data = mkdtempSync(join(tmpdir(), 'muon-control-'));
  const { client, close } = await openDatabase({ tableName: 'muon', dataDir: data });
  const store = openStore(client, 'muon');
  const room = newRoom();
  await store.rooms.create(room);
  await store.gateways.register(newGateway('gw_1'), Date.now());
  const egress = newEgress(room, 'gw_1');
  expect(await store.egresses.create(egress, { aliveSinceMs: 0 })).toBe('created');
  const { pk, sk } = keys.live(room.id, 'egress', egress.id);
  await client.send(new DeleteItemCommand({ TableName: 'muon', Key: { pk: { S: pk }, sk: { S: sk } } }));
  close();
  const { start, call } = await processOver(data);
  const child = await start();
  expect((await call(`/v1/rooms/${room.id}`, key, 'DELETE')).status).toBe(204);
  const ended = await call(`/v1/egresses/${egress.id}`, key);
  expect(await ended.json()).toMatchObject({ status: 'stopped', reason: 'the room was deleted' });
  await end(child, 'SIGTERM');
  rmSync(data, { recursive: true });
});

test('a setting that is missing or bad is named in one sentence', async () => {
  const { MUON_INTERNAL_SECRET: _, ...env } = process.env;
  const child = spawn(process.execPath, [main], {
    env: { ...env, MUON_SIGNING_KEY: 'x', MUON_BOOTSTRAP_KEY: 'secret-that-fits-not' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let told = '';
  child.stderr.on('data', (data: Buffer) => (told += data.toString()));
  await once(child, 'close');
  expect(child.exitCode).toBe(1);
  expect(told).toMatch(
    /^Cannot start: MUON_SIGNING_KEY: must be .*MUON_INTERNAL_SECRET is not set; .*MUON_BOOTSTRAP_KEY: must read/,
  );
  expect(told).not.toContain('fits-not');
});
