import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Softphone } from '../support/baresip.ts';
import { lastSeconds, loudness, makeTone, measureFrequencyHz, toneShare, type Sound } from '../support/tone.ts';
import { until } from '../support/until.ts';
import { sipBackends } from './backends.ts';
import { FakeRoom } from './fake-room.ts';
import { GatewayProcess } from './gateway-process.ts';

describe.each(sipBackends())('by %s', (backend) => {
  let room: FakeRoom;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    room = await FakeRoom.open();
    gateway = await GatewayProcess.start(room.url, backend);
    room.playTone(440, 'tk_ada');
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await room[Symbol.asyncDispose]();
  });

  /** Waits until the last second of a sound is a tone of this frequency. */
  function untilTone(who: string, sound: () => Sound | Promise<Sound>, frequencyHz: number): Promise<Sound> {
    return until(`${who} hears ${frequencyHz} Hz`, async () => {
      const second = lastSeconds(await sound(), 1);
      if (second.samples.length < second.sampleRate) throw new Error(`only ${second.samples.length} samples`);
      const share = toneShare(second, frequencyHz);
      if (share < 0.9) throw new Error(`share ${share}, loudness ${loudness(second)}`);
      return second;
    });
  }

  describe.each([
    { codec: 'PCMU', transport: 'udp' },
    { codec: 'PCMA', transport: 'tcp' },
  ] as const)('a phone with $codec over $transport', (options) => {
    test('is heard in the room, and hears it, at the right frequencies', async () => {
      await using phone = await Softphone.start({ ...options, sound: makeTone(1000, { seconds: 60 }) });
      await phone.dial(gateway.uri('algebra-101'));
      const participant = room.latest!;
      expect(participant.request).toMatchObject({ room: 'algebra-101', kind: 'sip', name: 'Phone …67' });
      const inRoom = await untilTone('the room', () => participant.said, 1000);
      expect(Math.abs(measureFrequencyHz(inRoom) - 1000)).toBeLessThan(2);
      const onPhone = await untilTone('the phone', () => phone.recording(), 440);
      expect(Math.abs(measureFrequencyHz(onPhone) - 440)).toBeLessThan(2);
      await phone.hangUp();
      await until('the phone has left the room', () => participant.left);
      await gateway.metricIs('muon_sip_calls', (calls) => calls === 0);
    });
  });

  describe('a call', () => {
    /** A phone that is in the room, and how the room sees it. */
    async function dial(name: string) {
      const phone = await Softphone.start();
      await phone.dial(gateway.uri(name));
      const participant = room.latest!;
      return {
        phone,
        participant,
        [Symbol.asyncDispose]: () => phone[Symbol.asyncDispose](),
      };
    }

    test('hears everybody at once, also who comes later', async () => {
      await using call = await dial('together');
      room.playTone(700, 'tk_later');
      room.announce('tk_later');
      await until('both are heard', async () => {
        const second = lastSeconds(await call.phone.recording(), 1);
        return toneShare(second, 440) > 0.3 && toneShare(second, 700) > 0.3;
      });
    });

    test('is muted in the room while it is held, and heard again afterwards', async () => {
      await using call = await dial('held');
      await untilTone('the room', () => call.participant.said, 1000);
      call.phone.hold();
      await until('it is muted', () => call.participant.muted);
      const saidWhenHeld = call.participant.said.samples.length;
      call.phone.resume();
      await until('it is not muted any more', () => !call.participant.muted);
      await until('it is heard again', () => call.participant.said.samples.length > saidWhenHeld + 8000);
      await untilTone('the room', () => call.participant.said, 1000);
    });

    test('presses keys that are not heard as sound', async () => {
      await using call = await dial('keys');
      const before = await gateway.metric('muon_sip_media_total{what="digits"}');
      call.phone.press('5');
      await gateway.metricIs('muon_sip_media_total{what="digits"}', (digits) => digits === before + 1);
    });

    test('is hung up on when its room is closed', async () => {
      await using call = await dial('closed');
      room.close();
      expect((await call.phone.waitFor('CALL_CLOSED')).param).toBeDefined();
      await gateway.metricIs('muon_sip_calls', (calls) => calls === 0);
    });

    test('goes on when its node is replaced by another', async () => {
      await using call = await dial('drained');
      room.drain();
      const again = await until('it is back', () => (room.latest === call.participant ? undefined : room.latest));
      expect(again.request.identity).toBe(call.participant.request.identity);
      await untilTone('the room', () => again.said, 1000);
      await untilTone('the phone', () => call.phone.recording(), 440);
      await call.phone.hangUp();
    });

    test.runIf(backend === 'sipjs')(
      'goes on when the process that signals is killed, and still can be ended',
      async () => {
        await using call = await dial('killed');
        process.kill(await gateway.signalingPid(), 'SIGKILL');
        await gateway.metricIs('muon_sip_signaling_total{what="restarts"}', (restarts) => restarts === 1);
        await until('calls can come in', async () => (await gateway.health()) === 200);
        const before = call.participant.said.samples.length;
        await until('it is still heard', () => call.participant.said.samples.length > before + 8000);
        await call.phone.hangUp();
        await until('it has left the room', () => call.participant.left);
      },
    );

    test.runIf(backend === 'drachtio')('goes on when drachtio-server is killed, and is ended by silence', async () => {
      const drachtio = gateway.drachtio!;
      const silent = await gateway.metric('muon_sip_calls_ended_total{reason="No sound from the phone"}');
      await using call = await dial('killed');
      await drachtio.kill();
      await until('it is noticed', async () => (await gateway.health()) === 503);
      const before = call.participant.said.samples.length;
      await until('it is still heard', () => call.participant.said.samples.length > before + 8000);
      await drachtio.startAgain();
      await until('calls can come in', async () => (await gateway.health()) === 200);
      expect(await gateway.metric('muon_sip_signaling_total{what="daemon-losses"}')).toBe(1);
      await using another = await dial('another');
      await untilTone('the room', () => another.participant.said, 1000);
      // The new daemon knows nothing of the call, so nobody is told that the phone hung up.
      await call.phone.hangUp();
      await until('it has left the room', () => call.participant.left, { timeoutMs: 45_000 });
      await gateway.metricIs(
        'muon_sip_calls_ended_total{reason="No sound from the phone"}',
        (ended) => ended === silent + 1,
      );
    });
  });

  describe('a call is refused', () => {
    test.each([
      ['404 No such room', () => {}, 'no-such-room'],
      ['404 No such room', () => {}, '+15551234'],
      ['486 Room is full', () => (room.linkRefusal = 409), 'full'],
      ['503 Room cannot be reached now', () => (room.refusal = 'no-node-available'), 'no-node'],
    ])('with %s', async (told, arrange, name) => {
      arrange();
      await using phone = await Softphone.start();
      phone.startDialing(gateway.uri(name));
      const closed = await phone.waitFor('CALL_CLOSED');
      [room.refusal, room.linkRefusal] = [undefined, undefined];
      expect(closed.param).toBe(told);
    });
  });

  test('the gateway has registered its address', () => {
    expect(room.registered?.service).toEqual({ kind: 'sip', address: `127.0.0.1:${gateway.sipPort}` });
  });
});
