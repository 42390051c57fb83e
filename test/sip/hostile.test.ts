import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { OFFER, RawPhone, writeOk } from '@muon/sip-gateway/signaling/raw-phone.fixture.ts';
import { parseSdp } from '@muon/wire/sdp/session.ts';
import { headerOf } from '@muon/wire/sip/message.ts';
import { encodeRtp } from '@muon/wire/rtp/encode.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Softphone } from '../support/baresip.ts';
import { residentMbOf } from '../support/process-usage.ts';
import { lastSeconds, toneShare } from '../support/tone.ts';
import { until } from '../support/until.ts';
import { sipBackends } from './backends.ts';
import { FakeRoom } from './fake-room.ts';
import { GatewayProcess } from './gateway-process.ts';
import { hostileDatagrams } from './hostile.fixture.ts';

describe.each(sipBackends())('by %s', (backend) => {
  let room: FakeRoom;
  let gateway: GatewayProcess;
  let attacker: Socket;
  let signalingPid: number;

  beforeAll(async () => {
    room = await FakeRoom.open();
    gateway = await GatewayProcess.start(room.url, backend, { MUON_SIP_CALLS_PER_SECOND: '10000' });
    room.playTone(440, 'tk_ada');
    signalingPid = await gateway.signalingPid();
    attacker = createSocket('udp4').bind(0, '127.0.0.1');
    await once(attacker, 'listening');
  });

  afterAll(async () => {
    attacker.close();
    await gateway[Symbol.asyncDispose]();
    await room[Symbol.asyncDispose]();
  });

  const counter = (what: string) => `muon_sip_signaling_total{what="${what}"}`;

  async function send(bytes: string | Uint8Array, port = gateway.sipPort): Promise<void> {
    await new Promise((resolve) => {
      attacker.send(bytes, port, '127.0.0.1', resolve);
    });
  }

  /** The gateway answers, by the very processes that were there at the start. */
  async function expectUnharmed(): Promise<void> {
    await using phone = await RawPhone.start(gateway.sipPort);
    const options = phone.dialog().write('OPTIONS');
    // In a flood the kernel may drop one, as any network.
    await until(
      'the gateway answers',
      () => {
        if (phone.messages.length === 0) phone.send(options);
        return phone.messages.length > 0;
      },
      { intervalMs: 10 },
    );
    expect(phone.messages[0]).toMatchObject({ kind: 'response', status: 200 });
    expect(await gateway.signalingPid()).toBe(signalingPid);
  }

  /** An ordinary call works. */
  async function expectOrdinaryCall(): Promise<void> {
    await using phone = await Softphone.start();
    await phone.dial(gateway.uri('after-all'));
    const { latest } = room;
    await until('the phone is heard', () => toneShare(lastSeconds(latest!.said, 0.5), 1000) > 0.9);
    await until('the phone hears', async () => toneShare(lastSeconds(await phone.recording(), 0.5), 440) > 0.9);
    await phone.hangUp();
  }

  describe('what a stranger sends harms nothing', () => {
    test.each(hostileDatagrams)('%s', async (_, bytes) => {
      await send(bytes);
      await expectUnharmed();
    });

    test('and is counted', async () => {
      if (backend === 'sipjs') {
        await gateway.metricIs(counter('malformed'), (count) => count >= 15);
        await gateway.metricIs(counter('too-large'), (count) => count >= 2);
        await gateway.metricIs(counter('keep-alives'), (count) => count >= 1);
        await gateway.metricIs(counter('unexpected-responses'), (count) => count >= 1);
      }
      // drachtio-server lets one through that says it is a call; as nobody acknowledges it, it ends like any other.
      await gateway.metricIs('muon_sip_calls', (calls) => calls === 0, 45_000);
      await expectOrdinaryCall();
    });

    test('every part of a message cut off, or changed', async () => {
      await using phone = await RawPhone.start(gateway.sipPort);
      const invite = Buffer.from(phone.dialog('no-such-room').write('INVITE', { body: OFFER }));
      for (let length = 0; length < invite.length; length += 3) await send(invite.subarray(0, length));
      for (let at = 0; at < invite.length; at++) {
        const changed = Buffer.from(invite);
        changed[at] = randomBytes(1)[0]!;
        await send(changed);
        if (at % 50 === 0) await expectUnharmed();
      }
      await expectUnharmed();
      expect(await gateway.metric(counter('restarts'))).toBe(0);
    });

    test('on a TCP connection', async () => {
      for (const bytes of [
        randomBytes(100_000),
        Buffer.from('\r\n'.repeat(5000)),
        Buffer.from('x'.repeat(9000)),
        Buffer.from('OPTIONS'),
      ]) {
        const socket = connect(gateway.sipPort, '127.0.0.1').on('error', () => {});
        await once(socket, 'connect');
        socket.end(bytes);
        // drachtio-server keeps some open; it is enough that it does not mind.
        const closed = new Promise((resolve) => {
          socket.resume().once('close', resolve);
        });
        if (backend === 'drachtio') setTimeout(() => socket.destroy(), 500);
        await closed;
      }
      await expectUnharmed();
    });

    test('a flood of calls, without growth', { timeout: 60_000 }, async () => {
      await using phone = await RawPhone.start(gateway.sipPort);
      const flood = async (count: number) => {
        for (let i = 0; i < count; i++) await send(phone.dialog('no-such-room').write('REGISTER'));
        await expectUnharmed();
      };
      await flood(3000);
      const before = residentMbOf(signalingPid);
      await flood(6000);
      expect(residentMbOf(signalingPid) - before).toBeLessThan(60);
      await expectOrdinaryCall();
    });
  });

  test('garbage on the port of a call is not heard, and the call goes on', async () => {
    await using phone = await RawPhone.start(gateway.sipPort);
    const sound = createSocket('udp4').bind(0, '127.0.0.1');
    await once(sound, 'listening');
    const dialog = phone.dialog('garbage');
    const offer = OFFER.replace('40000', `${sound.address().port}`);
    phone.send(dialog.write('INVITE', { body: offer }));
    let ok = await phone.response();
    while (ok.status !== 200) ok = await phone.response();
    dialog.follow(ok);
    phone.send(dialog.write('ACK', { branch: 'z9hG4bKack' }));
    const { port } = parseSdp(ok.body).media[0]!;
    const silence = new Uint8Array(160).fill(0xff);
    const rtp = (payloadType: number, payload: Uint8Array) =>
      encodeRtp({ payloadType, marker: false, seq: 1, timestamp: 1, ssrc: 1 }, payload);
    sound.send(rtp(0, silence), port, '127.0.0.1');
    await gateway.metricIs('muon_sip_media_total{what="phonePacketsReceived"}', (count) => count > 0);

    const strangers = await gateway.metric('muon_sip_media_total{what="phonePacketsFromStrangers"}');
    for (let i = 0; i < 50; i++) await send(rtp(0, randomBytes(160)), port);
    await gateway.metricIs(
      'muon_sip_media_total{what="phonePacketsFromStrangers"}',
      (count) => count >= strangers + 50,
    );

    const malformed = await gateway.metric('muon_sip_media_total{what="phonePacketsMalformed"}');
    const garbage = [
      new Uint8Array(0),
      Uint8Array.of(0x80),
      randomBytes(11),
      rtp(0, silence).fill(0xff),
      rtp(96, silence),
      randomBytes(1400).fill(0xbf, 0, 1),
      rtp(0, randomBytes(4000)),
    ];
    for (const bytes of garbage) sound.send(bytes, port, '127.0.0.1');
    await gateway.metricIs('muon_sip_media_total{what="phonePacketsMalformed"}', (count) => count >= malformed + 5);
    expect(toneShare(room.latest!.said, 1000)).toBeLessThan(0.1);

    room.latest!.close(4404, 'room-deleted');
    const bye = await phone.request();
    expect(headerOf(bye, 'reason')).toContain('Room closed');
    phone.send(writeOk(bye));
    sound.close();
    await expectUnharmed();
  });
});
