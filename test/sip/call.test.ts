import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Softphone } from '../support/baresip.ts';
import { lastSeconds, loudness, makeTone, measureFrequencyHz, toneShare, type Sound } from '../support/tone.ts';
import { until } from '../support/until.ts';
import { FakeRoom } from './fake-room.ts';
import { GatewayProcess } from './gateway-process.ts';

let room: FakeRoom;
let gateway: GatewayProcess;

beforeAll(async () => {
  room = await FakeRoom.open();
  gateway = await GatewayProcess.start(room.url);
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
