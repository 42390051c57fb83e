import { afterAll, beforeAll, expect, test } from 'vitest';
import { Softphone } from '../support/baresip.ts';
import { Muon } from '../support/muon.ts';
import { lastSeconds, makeTone, measureFrequencyHz, toneShare } from '../support/tone.ts';
import { until } from '../support/until.ts';

let muon: Muon;

beforeAll(async () => {
  muon = await Muon.start();
});

afterAll(async () => {
  await muon[Symbol.asyncDispose]();
});

/** Waits until a phone hears a tone of this frequency and nothing else. */
async function expectToHear(phone: Softphone, frequencyHz: number): Promise<void> {
  const heard = await until(`${frequencyHz} Hz is heard`, async () => {
    const second = lastSeconds(await phone.recording(), 1);
    const share = toneShare(second, frequencyHz);
    if (share < 0.9) throw new Error(`its share is ${share}`);
    return second;
  });
  expect(Math.abs(measureFrequencyHz(heard) - frequencyHz)).toBeLessThan(3);
}

test('two phones in a room hear each other and not themselves', async () => {
  const room = await muon.api<{ name: string }>('POST', '/v1/rooms', {});
  const sipUri = await until('phones can call', async () => {
    return (await muon.api<{ sipUri?: string }>('GET', `/v1/rooms/${room.name}`)).sipUri;
  });
  await using low = await Softphone.start({ sound: makeTone(440, { seconds: 60 }) });
  await using high = await Softphone.start({ sound: makeTone(1000, { seconds: 60 }), codec: 'PCMA', transport: 'tcp' });
  await low.dial(sipUri);
  await high.dial(sipUri);
  await expectToHear(low, 1000);
  await expectToHear(high, 440);
  await muon.api('DELETE', `/v1/rooms/${room.name}`);
  await Promise.all([low.waitFor('CALL_CLOSED'), high.waitFor('CALL_CLOSED')]);
});
