import { openLog } from '@muon/service/log.ts';
import { expect, test, vi } from 'vitest';
import { endings } from '../../call/refusal.ts';
import type { SignalingEvent } from '../signaling.ts';
import { DaemonConnection } from './daemon-connection.ts';
import { DrachtioSignaling } from './drachtio-signaling.ts';
import { FakeDaemon } from './fake-daemon.fixture.ts';

const OPTIONS = {
  host: '127.0.0.1',
  port: 5060,
  advertisedAddress: '192.0.2.1',
  allowedSources: [],
  callsPerSecond: 10,
};

const request = (method: string, more = '') =>
  `${method} sip:room@192.0.2.1 SIP/2.0\r\nFrom: <sip:ada@x>;tag=1\r\nTo: <sip:room@x>${more}\r\nCall-ID: c\r\n` +
  `CSeq: 1 ${method}\r\nContact: <sip:ada@192.0.2.7>\r\nContent-Length: 0\r\n\r\n`;

async function open(daemon: FakeDaemon) {
  const signaling = await DrachtioSignaling.start(OPTIONS, daemon.address, openLog('test', 'silent'));
  const events: SignalingEvent[] = [];
  signaling.on('event', (event) => events.push(event));
  const next = async (): Promise<SignalingEvent> => {
    await vi.waitUntil(() => events.length > 0);
    return events.shift()!;
  };
  const heard = async (): Promise<string> => {
    await vi.waitUntil(() => daemon.heard.length > 0);
    return daemon.heard.shift()!;
  };
  return { signaling, next, heard, events };
}

test('a call is taken, answered, acknowledged and hung up on in the words of the daemon', async () => {
  await using daemon = await FakeDaemon.start();
  const { signaling, next, heard } = await open(daemon);
  daemon.deliver(request('INVITE'));
  const invited = await next();
  expect(invited).toMatchObject({ type: 'invited', dialled: 'room', caller: 'ada', source: '192.0.2.7' });
  expect(await heard()).toMatch(/^tx\|\|\r\nSIP\/2.0 100 Trying\r\n/);
  const { call } = invited;
  signaling.send({ type: 'accept', call, sdp: 'v=0' });
  signaling.send({ type: 'hangUp', call, ending: endings.roomClosed });
  expect(await heard()).toBe(
    'tx||\r\nSIP/2.0 200 OK\r\nContact: <sip:muon@192.0.2.1:5060>\r\nContent-Type: application/sdp\r\n\r\nv=0',
  );
  // The BYE waits for the ACK.
  expect(daemon.heard).toEqual([]);
  daemon.deliver(request('ACK', ';tag=2'), { transaction: 'ack', dialog: 'dialog-tx' });
  expect(await heard()).toMatch(
    /^\|dialog-tx\|\r\nBYE placeholder SIP\/2.0\r\nReason: Q.850;cause=16;text="Room closed"/,
  );
  daemon.drop();
  await signaling.close();
});

test('what the daemon hung up on by itself is lost; what cannot be read is answered', async () => {
  await using daemon = await FakeDaemon.start();
  const { signaling, next, heard } = await open(daemon);
  daemon.deliver(request('INVITE'));
  const { call } = await next();
  await heard();
  signaling.send({ type: 'accept', call, sdp: 'v=0' });
  await heard();
  daemon.deliver(request('BYE', ';tag=2'), { transaction: 'unsolicited', dialog: 'dialog-tx', source: 'application' });
  expect(await next()).toEqual({ type: 'lost', call, reason: 'no ACK came' });
  daemon.deliver('INVITE nonsense\r\n\r\n', { transaction: 'bad' });
  expect(await heard()).toMatch(/^bad\|\|\r\nSIP\/2.0 400 /);
  expect(signaling.counters).toMatchObject({ malformed: 1 });
  await signaling.close();
});

test.each([
  ['without a CSeq', request('INVITE').replace(/CSeq.*\r\n/, '')],
  ['with a CSeq of another method', request('INVITE').replace('1 INVITE', '1 BYE')],
  [
    'with a Call-ID that would divide the fields of the daemon',
    request('INVITE').replace('Call-ID: c', 'Call-ID: c|d'),
  ],
])('a request %s is refused, and the connection stays', async (_, sip) => {
  await using daemon = await FakeDaemon.start();
  const { signaling, next, heard } = await open(daemon);
  daemon.deliver(sip, { transaction: 'bad' });
  expect(await heard()).toMatch(/^bad\|\|\r\nSIP\/2.0 400 /);
  daemon.deliver(request('INVITE'));
  expect(await next()).toMatchObject({ type: 'invited' });
  expect(daemon.connections).toBe(1);
  await signaling.close();
});

test('what throws costs one message, and is counted', async () => {
  await using daemon = await FakeDaemon.start();
  const { signaling, next } = await open(daemon);
  signaling.once('event', () => {
    throw new Error('whoever listens fails');
  });
  daemon.deliver(request('INVITE'));
  await vi.waitUntil(() => signaling.counters['thrown'] === 1);
  daemon.deliver(request('INVITE'), { transaction: 'tx2' });
  await next();
  expect(daemon.connections).toBe(1);
  await signaling.close();
});

test('a daemon that is lost takes what rings with it, not what talks, and is counted once', async () => {
  await using daemon = await FakeDaemon.start();
  const { signaling, next, heard, events } = await open(daemon);
  daemon.deliver(request('INVITE'));
  const talking = await next();
  signaling.send({ type: 'accept', call: talking.call, sdp: 'v=0' });
  daemon.deliver(request('ACK', ';tag=2'), { transaction: 'ack', dialog: 'dialog-tx' });
  // Its name for the call came before; this is how the real one keeps order.
  await vi.waitUntil(() => daemon.heard.length === 2);
  daemon.deliver(request('INVITE'), { transaction: 'tx2' });
  await vi.waitUntil(() => events.some(({ type }) => type === 'invited'));
  const ringing = events.find(({ type }) => type === 'invited')!.call;
  daemon.drop();
  await vi.waitUntil(() => events.some(({ type }) => type === 'lost'));
  expect(events.filter(({ type }) => type === 'lost')).toEqual([
    { type: 'lost', call: ringing, reason: 'signalling failed' },
  ]);
  await vi.waitUntil(() => signaling.listening);
  expect(signaling.counters['daemon-losses']).toBe(1);
  daemon.heard.length = 0;
  signaling.send({ type: 'hangUp', call: talking.call, ending: endings.roomClosed });
  expect(await heard()).toContain('BYE placeholder');
  daemon.drop();
  await signaling.close();
});

test.each([
  ['hangs', (daemon: FakeDaemon) => (daemon.hangs = true), 'it does not answer'],
  ['talks nonsense', (daemon: FakeDaemon) => daemon.write('nonsense'), 'control message without a length'],
  [
    'names no transaction',
    (daemon: FakeDaemon) => daemon.say('x|sip|network'),
    'control message without a transaction',
  ],
])('a daemon that %s is left and tried again', async (_, misbehave, expected) => {
  await using daemon = await FakeDaemon.start();
  const connection = new DaemonConnection(daemon.address, 50);
  const reasons: string[] = [];
  connection.on('down', (reason) => reasons.push(reason));
  connection.open();
  await vi.waitUntil(() => connection.isUp);
  misbehave(daemon);
  await vi.waitUntil(() => reasons.includes(expected));
  daemon.hangs = false;
  await vi.waitUntil(() => connection.isUp, 5000);
  connection.close();
  expect(daemon.connections).toBeGreaterThan(1);
});

test('a daemon that does not know the secret is asked ever less often', async () => {
  await using daemon = await FakeDaemon.start();
  const connection = new DaemonConnection({ ...daemon.address, secret: 'another' });
  const whenMs: number[] = [];
  connection.on('down', () => whenMs.push(performance.now()));
  connection.open();
  await vi.waitUntil(() => whenMs.length === 4, 5000);
  connection.close();
  const waits = whenMs.slice(1).map((ms, index) => ms - whenMs[index]!);
  expect(waits[1]).toBeGreaterThan(waits[0]! * 1.5);
  expect(waits[2]).toBeGreaterThan(waits[1]! * 1.5);
});
