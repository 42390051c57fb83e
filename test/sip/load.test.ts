import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runSipp } from '../support/sipp.ts';
import { sipBackends } from './backends.ts';
import { FakeRoom } from './fake-room.ts';
import { GatewayProcess } from './gateway-process.ts';
import { CANCEL, NO_ACK } from './scenario.fixture.ts';

describe.each(sipBackends())('by %s', (backend) => {
  let room: FakeRoom;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    room = await FakeRoom.open();
    gateway = await GatewayProcess.start(room.url, backend);
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await room[Symbol.asyncDispose]();
  });

  describe('many calls', () => {
    const options = () => ({ target: `127.0.0.1:${gateway.sipPort}`, room: 'load' });

    test('are all answered and ended', async () => {
      const { ok, output } = await runSipp({ ...options(), calls: 100, callsPerSecond: 20 });
      expect(ok, output).toBe(true);
      await gateway.metricIs('muon_sip_calls', (calls) => calls === 0);
      expect(await gateway.metric('muon_sip_calls_total')).toBe(100);
      expect(room.participants.filter(({ left }) => !left)).toEqual([]);
    });

    test('are all answered and ended where one message in ten is lost', async () => {
      const { ok, output } = await runSipp({ ...options(), calls: 30, callsPerSecond: 10, lossPercent: 10 });
      expect(ok, output).toBe(true);
      await gateway.metricIs('muon_sip_calls', (calls) => calls === 0, 60_000);
    });

    test('are given up when they are cancelled, with 487', async () => {
      room.delayMs = 1000;
      const { ok, output } = await runSipp({ ...options(), calls: 20, callsPerSecond: 20, scenario: CANCEL });
      room.delayMs = 0;
      expect(ok, output).toBe(true);
      await gateway.metricIs('muon_sip_calls', (calls) => calls === 0);
    });

    test('that are never acknowledged are hung up on, and end nothing else', async () => {
      const silent = 'muon_sip_calls_ended_total{reason="No sound from the phone"}';
      const before = await gateway.metric(silent);
      const { ok, output } = await runSipp({ ...options(), calls: 5, scenario: NO_ACK });
      expect(ok, output).toBe(true);
      await gateway.metricIs('muon_sip_calls', (calls) => calls === 0);
      // They are silent too, which is noticed two seconds earlier; the BYE has to wait for the ACK that never comes.
      expect(await gateway.metric(silent)).toBe(before + 5);
      expect(await gateway.metric('muon_sip_signaling_total{what="restarts"}')).toBe(0);
    });
  });

  test('one call more than there are lines is told so', async () => {
    await using small = await GatewayProcess.start(room.url, backend, { MUON_SIP_MAX_CALLS: '1' });
    const before = room.participants.length;
    room.delayMs = 300;
    const { ok } = await runSipp({
      target: `127.0.0.1:${small.sipPort}`,
      room: 'small',
      calls: 2,
      callsPerSecond: 100,
    });
    room.delayMs = 0;
    expect(ok).toBe(false);
    expect(room.participants.length).toBe(before + 1);
    expect(await small.metric('muon_sip_calls_ended_total{reason="All lines are busy"}')).toBe(1);
  });
});
