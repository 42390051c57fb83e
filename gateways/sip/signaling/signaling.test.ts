import { openLog } from '@muon/service/log.ts';
import { Drachtio, drachtioProgram, NO_DRACHTIO } from '@muon/test/support/drachtio.ts';
import { freePort } from '@muon/test/support/ports.ts';
import { headerOf } from '@muon/wire/sip/message.ts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { endings, refusals } from '../call/refusal.ts';
import { DrachtioSignaling } from './drachtio/drachtio-signaling.ts';
import { ForkedSignaling } from './forked-signaling.ts';
import { OFFER, RawPhone, writeOk, type RawDialog } from './raw-phone.fixture.ts';
import type { SignalingEvent, SignalingOptions, SipSignaling } from './signaling.ts';
import { SipjsSignaling } from './sipjs/sipjs-signaling.ts';

type Started = SipSignaling & { off(name: 'event', listener: (event: SignalingEvent) => void): unknown };

const log = openLog('test', 'silent');

const backends: Readonly<Record<string, (options: SignalingOptions) => Promise<Started>>> = {
  'sip.js': async (options) => {
    const signaling = new SipjsSignaling(options);
    await signaling.listen();
    return signaling;
  },
  'sip.js in a process of its own': (options) => ForkedSignaling.start(options, log),
  drachtio: async (options) => {
    const daemon = await Drachtio.start({ sipPort: options.port, publicIp: options.advertisedAddress });
    const signaling = await DrachtioSignaling.start(options, daemon.control, log);
    const close = signaling.close.bind(signaling);
    return Object.assign(signaling, {
      close: async () => {
        await close();
        await daemon[Symbol.asyncDispose]();
      },
    });
  },
};

const installed = Object.entries(backends).filter(([name]) => name !== 'drachtio' || drachtioProgram !== undefined);
if (drachtioProgram === undefined) test.skip(`signalling by drachtio, ${NO_DRACHTIO}`);

describe.each(installed)('signalling by %s', (name, start) => {
  const isDrachtio = name === 'drachtio';
  let signaling: Started;
  let port: number;
  const events: SignalingEvent[] = [];

  beforeAll(async () => {
    port = await freePort();
    const options = {
      host: '127.0.0.1',
      port,
      advertisedAddress: '192.0.2.1',
      allowedSources: [],
      callsPerSecond: 1000,
    };
    signaling = await start(options);
    signaling.on('event', (happened) => events.push(happened));
  });

  afterAll(() => signaling.close());

  /** The next event of this type, with what it says. */
  async function event<Type extends SignalingEvent['type']>(type: Type): Promise<SignalingEvent & { type: Type }> {
    for (const deadlineMs = Date.now() + 5000; Date.now() < deadlineMs;) {
      const index = events.findIndex((candidate) => candidate.type === type);
      if (index >= 0) return events.splice(index, 1)[0] as SignalingEvent & { type: Type };
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`no ${type}`);
  }

  /** A call that is answered and acknowledged. */
  async function talk(phone: RawPhone) {
    const dialog = phone.dialog();
    phone.send(dialog.write('INVITE', { body: OFFER }));
    const { call } = await event('invited');
    signaling.send({ type: 'accept', call, sdp: OFFER });
    const ok = await phone.response();
    expect(ok.status).toBe(200);
    dialog.follow(ok);
    phone.send(dialog.write('ACK', { branch: 'z9hG4bKack' }));
    await event('acknowledged');
    return { dialog, call, ok };
  }

  test('tells of a call, rings, answers, and is told of its end', async () => {
    await using phone = await RawPhone.start(port);
    const dialog = phone.dialog('algebra-101');
    phone.send(dialog.write('INVITE', { body: OFFER }));
    const invited = await event('invited');
    expect(invited).toMatchObject({ dialled: 'algebra-101', caller: '+4930123467', source: '127.0.0.1', offer: OFFER });
    signaling.send({ type: 'ring', call: invited.call });
    expect(await phone.status()).toBe(180);
    signaling.send({ type: 'accept', call: invited.call, sdp: OFFER });
    const ok = await phone.response();
    expect(ok).toMatchObject({ status: 200, body: OFFER });
    expect(headerOf(ok, 'contact')).toBe(`<sip:muon@192.0.2.1:${port}>`);
    expect(headerOf(ok, 'via')).toContain(`rport=${phone.port}`);
    dialog.follow(ok);
    phone.send(dialog.write('ACK', { branch: 'z9hG4bKack' }));
    expect(await event('acknowledged')).toEqual({ type: 'acknowledged', call: invited.call });
    dialog.cseq++;
    phone.send(dialog.write('BYE'));
    expect(await phone.status()).toBe(200);
    expect(await event('hungUp')).toEqual({ type: 'hungUp', call: invited.call });
    // Its answer may have been lost.
    phone.send(dialog.write('BYE'));
    expect(await phone.status()).toBe(200);
  });

  test('hangs up with the reason, and says so again until it is heard', async () => {
    await using phone = await RawPhone.start(port);
    const { call } = await talk(phone);
    signaling.send({ type: 'hangUp', call, ending: endings.roomClosed });
    const bye = await phone.request();
    expect(bye.method).toBe('BYE');
    expect(headerOf(bye, 'reason')).toBe('Q.850;cause=16;text="Room closed"');
    expect(headerOf(bye, 'via')).toContain(`192.0.2.1:${port}`);
    expect((await phone.request()).method).toBe('BYE');
    phone.send(writeOk(bye));
  });

  test('hangs up only after the ACK when the phone is slow', async () => {
    await using phone = await RawPhone.start(port);
    const dialog = phone.dialog();
    phone.send(dialog.write('INVITE', { body: OFFER }));
    const { call } = await event('invited');
    signaling.send({ type: 'accept', call, sdp: OFFER });
    signaling.send({ type: 'hangUp', call, ending: endings.roomClosed });
    dialog.follow(await phone.response());
    phone.send(dialog.write('ACK', { branch: 'z9hG4bKack' }));
    const bye = await phone.request();
    expect(bye.method).toBe('BYE');
    phone.send(writeOk(bye));
  });

  test('refuses with status, reason and when to try again, until it is acknowledged', async () => {
    await using phone = await RawPhone.start(port);
    const dialog = phone.dialog();
    phone.send(dialog.write('INVITE', { body: OFFER }));
    const { call } = await event('invited');
    signaling.send({ type: 'refuse', call, refusal: refusals.tooManyCalls });
    const refused = await phone.response();
    expect(refused).toMatchObject({ status: 503, phrase: 'All lines are busy' });
    expect(headerOf(refused, 'reason')).toBe('Q.850;cause=34;text="All lines are busy"');
    expect(headerOf(refused, 'retry-after')).toBe('10');
    expect(await phone.status()).toBe(503);
    dialog.follow(refused);
    phone.send(dialog.write('ACK', { branch: 'z9hG4bKINVITE' }));
  });

  test('ends what rings when the phone cancels it', async () => {
    await using phone = await RawPhone.start(port);
    const dialog = phone.dialog();
    phone.send(dialog.write('INVITE', { body: OFFER, branch: 'z9hG4bKcancelled' }));
    const { call } = await event('invited');
    phone.send(dialog.write('CANCEL', { branch: 'z9hG4bKcancelled' }));
    expect(await phone.status()).toBe(200);
    expect(await event('cancelled')).toEqual({ type: 'cancelled', call });
    signaling.send({ type: 'refuse', call, refusal: refusals.cancelled });
    expect(await phone.status()).toBe(487);
    phone.send(dialog.write('ACK', { branch: 'z9hG4bKcancelled' }));
  });

  // drachtio-server believes whoever knows the Call-ID, which cannot be guessed.
  test.skipIf(isDrachtio)('lets nobody else cancel a call', async () => {
    await using phone = await RawPhone.start(port);
    await using stranger = await RawPhone.start(port);
    const dialog = phone.dialog();
    phone.send(dialog.write('INVITE', { body: OFFER, branch: 'z9hG4bKguessed' }));
    const { call } = await event('invited');
    stranger.send(dialog.write('CANCEL', { branch: 'z9hG4bKguessed' }));
    expect(await stranger.status()).toBe(481);
    signaling.send({ type: 'refuse', call, refusal: refusals.roomFull });
    expect(await phone.status()).toBe(486);
  });

  test('takes an INVITE that comes again for the same call', async () => {
    await using phone = await RawPhone.start(port);
    const invite = phone.dialog().write('INVITE', { body: OFFER });
    for (let i = 0; i < 3; i++) phone.send(invite);
    const { call } = await event('invited');
    signaling.send({ type: 'refuse', call, refusal: refusals.noSuchRoom });
    expect(await phone.status()).toBe(404);
    phone.send(invite);
    expect(await phone.status()).toBe(404);
    expect(events).toEqual([]);
  });

  test('lets a call be changed, and says no to what it cannot be changed to', async () => {
    await using phone = await RawPhone.start(port);
    const { dialog, call } = await talk(phone);
    dialog.cseq++;
    phone.send(dialog.write('INVITE', { body: OFFER.replace('m=', 'a=sendonly\r\nm=') }));
    expect(await event('offered')).toMatchObject({ call, offer: expect.stringContaining('sendonly') as string });
    signaling.send({ type: 'accept', call, sdp: OFFER });
    const ok = await phone.response();
    expect(ok.status).toBe(200);
    expect(headerOf(ok, 'contact')).toBe(`<sip:muon@192.0.2.1:${port}>`);
    phone.send(dialog.write('ACK', { branch: 'z9hG4bKack2' }));
    await event('acknowledged');
    dialog.cseq++;
    phone.send(dialog.write('INVITE', { body: OFFER.replace('RTP/AVP', 'RTP/SAVP') }));
    await event('offered');
    signaling.send({ type: 'refuse', call, refusal: refusals.noMedia });
    expect(await phone.status()).toBe(488);
    phone.send(dialog.write('ACK'));
    dialog.cseq++;
    phone.send(dialog.write('BYE'));
    for (let status = 488; status === 488;) status = await phone.status();
    await event('hungUp');
  });

  test('makes the offer where the phone makes none', async () => {
    await using phone = await RawPhone.start(port);
    const dialog = phone.dialog();
    phone.send(dialog.write('INVITE'));
    const invited = await event('invited');
    expect(invited.offer).toBeUndefined();
    signaling.send({ type: 'accept', call: invited.call, sdp: OFFER });
    dialog.follow(await phone.response());
    phone.send(dialog.write('ACK', { branch: 'z9hG4bKack', body: OFFER }));
    expect(await event('acknowledged')).toEqual({ type: 'acknowledged', call: invited.call, answer: OFFER });
    dialog.cseq++;
    phone.send(dialog.write('BYE'));
    await event('hungUp');
  });

  /** What is answered without a call; last where drachtio-server answers otherwise, or not at all. */
  const answers: readonly (readonly [string, Parameters<RawDialog['write']>[1], number, (number | undefined)?])[] = [
    ['OPTIONS', {}, 200],
    ['REGISTER', {}, 405],
    ['SUBSCRIBE', {}, 405],
    ['MESSAGE', {}, 405],
    ['REFER', {}, 405, undefined],
    ['PRACK', {}, 405, undefined],
    ['UPDATE', {}, 405, 481],
    ['BREW', {}, 501, undefined],
    ['BYE', {}, 481],
    ['CANCEL', {}, 481],
    ['INVITE', { uri: 'mailto:room@x' }, 416],
    ['INVITE', { uri: 'http://x/' }, 416],
    ['INVITE', { uri: 'sip:' }, 416, undefined],
    ['INVITE', { uri: 'sip:a b@:::' }, 400, undefined],
    ['INVITE', { uri: 'sip:@@@' }, 400],
    ['INVITE', { extra: [['Require', '100rel, timer']] }, 420],
    ['INVITE', { body: 'x', extra: [['Content-Type', 'text/plain']] }, 415, 400],
  ];

  test.each(
    answers
      .map(
        ([method, options, status, ...other]) =>
          [method, options, isDrachtio && other.length ? other[0] : status] as const,
      )
      .filter(([, , status]) => status !== undefined),
  )('answers %s %j with %i by itself', async (method, options, status) => {
    await using phone = await RawPhone.start(port);
    let request = phone.dialog().write(method, options);
    if (options?.uri?.includes(' ')) request = request.replace('a b', 'a%b');
    phone.send(request);
    const response = await phone.response();
    expect(response.status).toBe(status);
    if (status === 405 || status === 501) expect(headerOf(response, 'allow')).toContain('INVITE');
    expect(events).toEqual([]);
  });

  test.each(['tel:+1555', 'sips:room@host', 'sip:ROOM;x=y@host;user=phone'])('takes a call to %s', async (uri) => {
    await using phone = await RawPhone.start(port);
    phone.send(phone.dialog().write('INVITE', { uri, body: OFFER }));
    const { call, dialled } = await event('invited');
    expect(['+1555', 'room', 'ROOM']).toContain(dialled);
    signaling.send({ type: 'refuse', call, refusal: refusals.noSuchRoom });
    expect(await phone.status()).toBe(404);
  });

  // drachtio-server answers where a request came from, whether it was asked to or not.
  test.skipIf(isDrachtio)('sends answers to the port in Via when the phone does not ask for its own', async () => {
    await using phone = await RawPhone.start(port);
    await using other = await RawPhone.start(port);
    other.send(phone.dialog().write('OPTIONS').replace(';rport', ''));
    expect(await phone.status()).toBe(200);
    expect(other.messages).toEqual([]);
  });
});

test('a call outlives the process that signals', { timeout: 20_000 }, async () => {
  const port = await freePort();
  const options = { host: '127.0.0.1', port, advertisedAddress: '192.0.2.1', allowedSources: [], callsPerSecond: 1000 };
  const signaling = await ForkedSignaling.start(options, openLog('test', 'silent'));
  const events: SignalingEvent[] = [];
  signaling.on('event', (event) => events.push(event));
  await using phone = await RawPhone.start(port);
  const seen = async (type: string) => {
    for (;;) {
      const found = events.find((event) => event.type === type);
      if (found) return found.call;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  const [ringing, talking] = [phone.dialog('ringing'), phone.dialog('talking')];
  phone.send(talking.write('INVITE', { body: OFFER }));
  const call = await seen('invited');
  signaling.send({ type: 'accept', call, sdp: OFFER });
  talking.follow(await phone.response());
  phone.send(talking.write('ACK', { branch: 'z9hG4bKack' }));
  await seen('acknowledged');
  events.length = 0;
  phone.send(ringing.write('INVITE', { body: OFFER }));
  const rung = await seen('invited');

  process.kill(signaling.pid!, 'SIGKILL');
  expect(await seen('lost')).toBe(rung);
  await expect.poll(() => signaling.counters['restarts'], { timeout: 10_000 }).toBe(1);
  await expect.poll(() => signaling.listening, { timeout: 10_000 }).toBe(true);

  talking.cseq++;
  phone.send(talking.write('INVITE', { body: OFFER }));
  expect(await seen('offered')).toBe(call);
  signaling.send({ type: 'accept', call, sdp: OFFER });
  expect(await phone.status()).toBe(200);
  phone.send(talking.write('ACK', { branch: 'z9hG4bKack2' }));
  await seen('acknowledged');
  signaling.send({ type: 'hangUp', call, ending: endings.roomClosed });
  const bye = await phone.request();
  expect(bye.method).toBe('BYE');
  phone.send(writeOk(bye));
  await signaling.close();
});

test('strangers are dropped unread, and a flood of calls is told so', async () => {
  const port = await freePort();
  const options = { host: '127.0.0.1', port, advertisedAddress: '192.0.2.1', callsPerSecond: 2 };
  const closed = new SipjsSignaling({ ...options, allowedSources: ['10.0.0.0/8'] });
  await closed.listen();
  await using phone = await RawPhone.start(port);
  phone.send(phone.dialog().write('OPTIONS'));
  await expect.poll(() => closed.counters['strangers']).toBe(1);
  await closed.close();
  expect(phone.messages).toEqual([]);

  const open = new SipjsSignaling({ ...options, allowedSources: ['127.0.0.1'] });
  await open.listen();
  open.on('event', (event) => open.send({ type: 'refuse', call: event.call, refusal: refusals.roomFull }));
  for (let i = 0; i < 3; i++) phone.send(phone.dialog().write('INVITE', { body: OFFER }));
  const statuses = [await phone.status(), await phone.status(), await phone.status()];
  expect(statuses.toSorted((a, b) => a - b)).toEqual([486, 486, 503]);
  await open.close();
});

describe.skipIf(drachtioProgram === undefined)('with drachtio-server', () => {
  const options = { host: '127.0.0.1', advertisedAddress: '192.0.2.1', allowedSources: [], callsPerSecond: 1000 };

  /** A daemon, and signalling by it. */
  async function start(more: Partial<SignalingOptions> = {}) {
    const port = await freePort();
    const daemon = await Drachtio.start({ sipPort: port });
    const signaling = await DrachtioSignaling.start({ ...options, port, ...more }, daemon.control, log);
    const phone = await RawPhone.start(port);
    const events: SignalingEvent[] = [];
    signaling.on('event', (event) => events.push(event));
    return {
      daemon,
      signaling,
      phone,
      seen: (type: string) => vi.waitUntil(() => events.find((event) => event.type === type)?.call, 5000),
      async [Symbol.asyncDispose]() {
        await signaling.close();
        await phone[Symbol.asyncDispose]();
        await daemon[Symbol.asyncDispose]();
      },
    };
  }

  test('a daemon that is lost takes what rings with it, not what talks, and is found again', async () => {
    await using by = await start();
    const { daemon, signaling, phone } = by;
    const [talking, ringing] = [phone.dialog('talking'), phone.dialog('ringing')];
    phone.send(talking.write('INVITE', { body: OFFER }));
    const call = await by.seen('invited');
    signaling.send({ type: 'accept', call, sdp: OFFER });
    talking.follow(await phone.response());
    phone.send(talking.write('ACK', { branch: 'z9hG4bKack' }));
    await by.seen('acknowledged');
    const rung = new Promise<string>((resolve) => signaling.once('event', (event) => resolve(event.call)));
    phone.send(ringing.write('INVITE', { body: OFFER }));
    const lost = rung.then(() => by.seen('lost'));
    await rung;

    await daemon.kill();
    expect(await lost).toBe(await rung);
    expect(signaling.listening).toBe(false);
    expect(signaling.counters['daemon-losses']).toBe(1);
    await daemon.startAgain();
    await vi.waitUntil(() => signaling.listening, 10_000);
    expect(signaling.counters['daemon-losses']).toBe(1);

    // The new daemon does not know it; hanging up harms nothing.
    signaling.send({ type: 'hangUp', call, ending: endings.roomClosed });
    await vi.waitUntil(() => signaling.counters['refused-by-daemon'] === 1, 5000);
    phone.send(phone.dialog().write('OPTIONS'));
    await vi.waitUntil(() => phone.messages.some((message) => headerOf(message, 'cseq') === '1 OPTIONS'), 5000);
  });

  test('a wrong secret is not taken, and not told to anybody', async () => {
    const port = await freePort();
    await using daemon = await Drachtio.start({ sipPort: port });
    const lines: string[] = [];
    const told = { ...log, error: (...words: unknown[]) => lines.push(JSON.stringify(words)) } as unknown as typeof log;
    const wrong = { ...daemon.control, secret: 'not the secret' };
    const signaling = await DrachtioSignaling.start({ ...options, port }, wrong, told);
    expect(signaling.listening).toBe(false);
    await signaling.close();
    expect(lines.join()).toContain('does not take our secret');
    expect(`${lines.join()} ${daemon.output}`).not.toContain('not the secret');
  });

  test('strangers are told to stay away, and a flood of calls is told so', async () => {
    await using closed = await start({ allowedSources: ['10.0.0.0/8'] });
    closed.phone.send(closed.phone.dialog().write('INVITE', { body: OFFER }));
    expect(await closed.phone.status()).toBe(403);
    expect(closed.signaling.counters['strangers']).toBe(1);

    await using open = await start({ allowedSources: ['127.0.0.1'], callsPerSecond: 2 });
    const { signaling, phone } = open;
    signaling.on('event', ({ call }) => signaling.send({ type: 'refuse', call, refusal: refusals.roomFull }));
    for (let i = 0; i < 3; i++) phone.send(phone.dialog().write('INVITE', { body: OFFER }));
    const statuses = [await phone.status(), await phone.status(), await phone.status()];
    expect(statuses.toSorted((a, b) => a - b)).toEqual([486, 486, 503]);
  });
});
