import type { Egress } from '@muon/contract/egress.ts';
import type { Page, Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Softphone } from './support/baresip.ts';
import { launchChromium } from './support/chromium.ts';
import { probeRtmp } from './support/ffprobe.ts';
import { Muon } from './support/muon.ts';
import { PageServer } from './support/page-server.ts';
import type { Colour } from './support/pages/remote-media.ts';
import { lastSeconds, loudness, makeTone, toneShare } from './support/tone.ts';
import { until } from './support/until.ts';

/** Who is in the room: each with a picture and a tone of its own, so that nobody is taken for another. */
const people = [
  { identity: 'red', page: 'sdk', colour: '#e02020', rgb: [224, 32, 32], frequencyHz: 500, width: 320, height: 240 },
  { identity: 'green', page: 'sdk', colour: '#20c020', rgb: [32, 192, 32], frequencyHz: 800, width: 640, height: 360 },
  { identity: 'blue', page: 'ion', colour: '#2020e0', rgb: [32, 32, 224], frequencyHz: 1100, width: 320, height: 180 },
] as const;

const PHONE_HZ = 1700;
const small = { width: 640, height: 360, frameRate: 15, videoBitrateBps: 800_000 };

let muon: Muon;
let browser: Browser;
const pages = new Map<string, Page>();
const servers: PageServer[] = [];

beforeAll(async () => {
  muon = await Muon.start();
  browser = await launchChromium();
  await muon.api('POST', '/v1/rooms', { name: 'lesson' });
  for (const person of people) {
    const page = await openPage(person.page);
    const { token } = await muon.api<{ token: string }>('POST', '/v1/rooms/lesson/tokens', {
      identity: person.identity,
      name: person.identity,
    });
    await page.evaluate((options) => window.participant.join(options), { ...person, token, apiUrl: muon.apiUrl });
    pages.set(person.identity, page);
  }
});

afterAll(async () => {
  await browser?.close();
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  await muon?.[Symbol.asyncDispose]();
});

describe.each(people)('$identity ($page)', ({ identity }) => {
  const others = people.filter((person) => person.identity !== identity);
  const page = (): Page => pages.get(identity)!;

  test('decodes the video of everyone else in its own size, and frames keep coming', async () => {
    const sizes = others.map(({ width, height }) => `${width}x${height}`).sort();
    await until('every video is decoded in full size', async () => {
      const videos = (await page().evaluate(() => window.participant.inbound())).filter(({ kind }) => kind === 'video');
      const seen = videos.filter((it) => it.framesDecoded > 10).map((it) => `${it.frameWidth}x${it.frameHeight}`);
      return seen.sort().join() === sizes.join();
    });
    const before = await framesOf(page());
    await until('frames grow', async () => (await framesOf(page())).every((frames, i) => frames > before[i]! + 10));
  });

  test('sees the colour of everyone else', async () => {
    for (const { rgb } of others) {
      await until(`the colour ${rgb.join()}`, async () => {
        const colours = await page().evaluate(() => window.participant.colours());
        return colours.some((colour) => isNear(colour, rgb));
      });
    }
  });

  test('hears the tone of everyone else', async () => {
    for (const { frequencyHz } of others) await hears(page(), frequencyHz);
    const audio = (await page().evaluate(() => window.participant.inbound())).filter(({ kind }) => kind === 'audio');
    expect(audio).toHaveLength(others.length);
    for (const { totalAudioEnergy } of audio) expect(totalAudioEnergy).toBeGreaterThan(0.01);
  });
});

test('a telephone and the room hear each other', async () => {
  await using phone = await Softphone.start({ sound: makeTone(PHONE_HZ, { seconds: 60 }), user: '+15550001234' });
  await phone.dial(`sip:lesson@127.0.0.1:${muon.port(5060)}`);
  await phone.waitFor('CALL_ESTABLISHED');
  for (const page of pages.values()) await hears(page, PHONE_HZ);
  for (const { frequencyHz } of people) {
    await until(`the telephone hears ${frequencyHz} Hz`, async () => {
      const heard = lastSeconds(await phone.recording(), 2);
      return loudness(heard) > 0.02 && toneShare(heard, frequencyHz) > 0.1;
    });
  }
  // And not itself.
  expect(toneShare(lastSeconds(await phone.recording(), 2), PHONE_HZ)).toBeLessThan(0.02);
});

describe('a broadcast', () => {
  let egress: Egress;
  let player: Page;

  beforeAll(async () => {
    egress = await muon.api<Egress>('POST', '/v1/egresses', {
      room: 'lesson',
      encoding: small,
      outputs: [{ type: 'hls' }, { type: 'rtmp-pull' }],
    });
    await until('it is active', async () => (await read()).status === 'active', { timeoutMs: 60_000 });
    egress = await read();
    player = await openPage('player');
    await player.evaluate(
      (url) => window.player.play(url),
      egress.outputs.find(({ type }) => type === 'hls')!.playlistUrl!,
    );
  });

  test('plays in hls.js with the pictures of everyone and with their sound', async () => {
    await until('it plays', async () => (await player.evaluate(() => window.player.state())).currentTime > 1, {
      timeoutMs: 60_000,
    });
    const { width, height } = await player.evaluate(() => window.player.state());
    expect([width, height]).toEqual([small.width, small.height]);
    for (const { identity, rgb } of people) {
      await until(`${identity} is in the picture`, () => isInPicture(rgb), { timeoutMs: 30_000 });
    }
    const tones = people.map(({ frequencyHz }) => frequencyHz);
    await until('one of the tones is heard', async () => {
      const heard = await player.evaluate(() => window.player.frequency());
      return tones.some((tone) => Math.abs(heard - tone) < 20);
    });
  });

  test('is pulled over RTMP with its token, and refused without or with another', async () => {
    const pullUrl = egress.outputs.find(({ type }) => type === 'rtmp-pull')!.pullUrl!;
    const codecs = await probeRtmp(pullUrl);
    expect(codecs?.toSorted()).toEqual(['aac', 'h264']);
    expect(await probeRtmp(pullUrl.replace(/\?.*/, ''))).toBeUndefined();
    expect(await probeRtmp(pullUrl.replace(/token=.*/, 'token=wrong'))).toBeUndefined();
  });

  test('changes its layout when somebody leaves', async () => {
    const [red] = people;
    pages
      .get('blue')!
      .evaluate(() => window.participant.leave())
      .catch(() => {});
    await until('blue is out of the picture', async () => !(await isInPicture(people[2].rgb)), { timeoutMs: 30_000 });
    expect(await isInPicture(red.rgb)).toBe(true);
    // Nor has anybody in the room its tracks any more.
    await until('one video is left', async () => (await framesOf(pages.get('red')!)).length === 1);
  });

  test('ends when it is stopped', async () => {
    expect(await muon.api<Egress>('DELETE', `/v1/egresses/${egress.id}`)).toMatchObject({ status: 'stopped' });
    await until('the playlist ends', async () => {
      const playlist = await fetch(egress.outputs[0]!.playlistUrl!.replace('master', 'live'));
      return !playlist.ok || (await playlist.text()).includes('#EXT-X-ENDLIST');
    });
  });

  function read(): Promise<Egress> {
    return muon.api<Egress>('GET', `/v1/egresses/${egress.id}`);
  }

  async function isInPicture(rgb: Colour): Promise<boolean> {
    const colours = await player.evaluate(() => {
      const steps = [0.15, 0.25, 0.35, 0.5, 0.65, 0.75, 0.85];
      return window.player.coloursAt(steps.flatMap((x) => steps.map((y) => [x, y] as const)));
    });
    return colours.some((colour) => isNear(colour, rgb));
  }
});

async function openPage(name: 'sdk' | 'ion' | 'player'): Promise<Page> {
  const server = await PageServer.start(name);
  servers.push(server);
  const page = await browser.newPage();
  page.on('pageerror', (error) => process.stderr.write(`${name} page: ${error.message}\n`));
  await page.goto(server.url);
  return page;
}

async function framesOf(page: Page): Promise<number[]> {
  const inbound = await page.evaluate(() => window.participant.inbound());
  return inbound.filter(({ kind }) => kind === 'video').map(({ framesDecoded }) => framesDecoded);
}

async function hears(page: Page, frequencyHz: number): Promise<void> {
  await until(`${frequencyHz} Hz is heard`, async () => {
    const heard = await page.evaluate(() => window.participant.frequencies());
    return heard.some((frequency) => Math.abs(frequency - frequencyHz) < 20);
  });
}

/** Video coding shifts colours a little. */
function isNear(colour: Colour, other: Colour): boolean {
  return colour.every((part, i) => Math.abs(part - other[i]!) < 50);
}
