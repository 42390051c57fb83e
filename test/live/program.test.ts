import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { probeRtmp } from '../support/ffprobe.ts';
import { PageServer } from '../support/page-server.ts';
import type { Colour } from '../support/pages/remote-media.ts';
import { descendants } from '../support/process-tree.ts';
import { readWav, toneShare, type Sound } from '../support/tone.ts';
import { until } from '../support/until.ts';
import { EGRESS_ID, LiveStage, PULL_TOKEN } from './stage.ts';

const RED: Colour = [255, 0, 0];
const BLUE: Colour = [0, 0, 255];

let stage: LiveStage;
let browser: Browser;
let pages: PageServer;
let player: Page;

beforeAll(async () => {
  [stage, browser, pages] = await Promise.all([LiveStage.start(), launchChromium(), PageServer.start('player')]);
  stage.broadcast();
  await stage.join('red', 'red', 440);
  await stage.join('blue', 'blue', 880);
  await until('the program is active', () => stage.plane.status(EGRESS_ID)?.status === 'active');
  player = await browser.newPage();
  await player.goto(pages.url);
  await player.evaluate((url) => window.player.play(url), stage.masterUrl);
});

afterAll(async () => {
  await browser.close();
  await pages[Symbol.asyncDispose]();
  await stage.close();
});

test('the gateway tells where its programs are found', () => {
  expect(stage.plane.registration).toMatchObject({
    service: {
      kind: 'rtmp',
      hlsUrl: `${stage.hlsUrl.replace('127.0.0.1', 'localhost')}/hls`,
      rtmpUrl: `rtmp://localhost:${stage.rtmpPort}/live`,
    },
  });
});

test('two people are side by side in hls.js', async () => {
  await until('both are seen', async () => (await colourAt(0.25)) === 'red' && (await colourAt(0.75)) === 'blue', {
    timeoutMs: 40_000,
  });
  expect(await player.evaluate(() => window.player.state())).toMatchObject({ width: 640, height: 360 });
});

test('their tones are heard in hls.js', async () => {
  await until('a tone', async () => {
    const heard = await player.evaluate(() => window.player.frequency());
    return [440, 880].some((tone) => Math.abs(heard - tone) < 12);
  });
});

test('a reload that asks for the next part is answered when it is there', async () => {
  const before = await playlist();
  const [, msn, part] = /PRELOAD-HINT:TYPE=PART,URI="p(\d+)\.(\d+)\.m4s"/.exec(before)!;
  const reloaded = await playlist(`?_HLS_msn=${msn}&_HLS_part=${part}`);
  expect(reloaded).toContain(`URI="p${msn}.${part}.m4s"`);
  expect(before).not.toContain(`#EXT-X-PART:DURATION=0.33333,URI="p${msn}.${part}.m4s"`);
});

test('it is pulled over RTMP with its token, and refused without or with another', async () => {
  expect((await probeRtmp(stage.rtmpUrl(PULL_TOKEN)))?.toSorted()).toEqual(['aac', 'h264']);
  expect(await probeRtmp(stage.rtmpUrl('wrong'))).toBeUndefined();
  expect(await probeRtmp(stage.rtmpUrl(PULL_TOKEN).replace(/\?.*/, ''))).toBeUndefined();
  await until(
    'the refusals are counted',
    async () => (await stage.metric('muon_rtmp_refused{reason="unauthorised"}')) === 2,
  );
});

test('both voices are in the sound', async () => {
  // Sources that share a machine with the test may falter; then the next recording tells.
  const heard = async (): Promise<boolean> => {
    const sound = await record(2);
    return [440, 880].every((tone) => meanShare(sound, tone) > 0.25);
  };
  await until('both tones', heard, { timeoutMs: 60_000 });
});

test('a camera that is turned off leaves a plain tile', async () => {
  stage.node.mute('blue', 'video', true);
  await until('no blue', async () => (await colourAt(0.75)) === 'other');
  expect(await colourAt(0.25)).toBe('red');
  stage.node.mute('blue', 'video', false);
  await until('blue again', async () => (await colourAt(0.75)) === 'blue');
});

test('a program whose process is killed goes on in the player', async () => {
  process.kill(pidOf('program/child.ts'), 'SIGKILL');
  await until('a discontinuity', async () => (await playlist()).includes('#EXT-X-DISCONTINUITY\n'), {
    timeoutMs: 30_000,
  });
  const { currentTime } = await player.evaluate(() => window.player.state());
  await until(
    'the player is beyond it',
    async () => (await player.evaluate(() => window.player.state())).currentTime > currentTime + 5,
    { timeoutMs: 40_000 },
  );
  expect([await colourAt(0.25), await colourAt(0.75)]).toEqual(['red', 'blue']);
  expect(await stage.metric('muon_program_deaths_total')).toBe(1);
});

test('an RTMP process that is killed is back, and the program goes on', async () => {
  const program = pidOf('program/child.ts');
  process.kill(pidOf('rtmp/child.ts'), 'SIGKILL');
  await until('it is pulled again', () => probeRtmp(stage.rtmpUrl(PULL_TOKEN)), { timeoutMs: 40_000 });
  expect(pidOf('program/child.ts')).toBe(program);
});

test('a link that is cut is opened again', async () => {
  stage.node.cut();
  await until('the program is back in the room', () => stage.node.links === 1);
  await until('both are seen', async () => (await colourAt(0.25)) === 'red' && (await colourAt(0.75)) === 'blue');
});

test('the picture is laid out anew when somebody leaves', async () => {
  await stage.leave('blue');
  await until('red has all the room', async () => (await colourAt(0.5)) === 'red' && (await colourAt(0.9)) === 'red');
});

test('an empty room is dark, and the program goes on', async () => {
  await stage.leave('red');
  await until('it is dark', async () => (await colourAt(0.5)) === 'other');
  const before = await playlist();
  await until('it goes on', async () => (await playlist()) !== before);
});

test('a program that is stopped can be played to its end, and is not pulled any more', async () => {
  stage.plane.egresses = [];
  await until('the playlist ends', async () => (await playlist()).endsWith('#EXT-X-ENDLIST\n'));
  expect(await probeRtmp(stage.rtmpUrl(PULL_TOKEN))).toBeUndefined();
  expect(descendants(stage.gateway.pid!).some(({ command }) => command.includes('program/child.ts'))).toBe(false);
});

/** What is seen in the middle of the height, at this share of the width. */
async function colourAt(x: number): Promise<'red' | 'blue' | 'other'> {
  const [colour] = await player.evaluate((at) => window.player.coloursAt([[at, 0.5]]), x);
  const near = (other: Colour): boolean => colour!.every((value, i) => Math.abs(value - other[i]!) < 60);
  return near(RED) ? 'red' : near(BLUE) ? 'blue' : 'other';
}

async function playlist(query = ''): Promise<string> {
  const response = await fetch(stage.masterUrl.replace('master', 'live') + query);
  expect(response.status).toBe(200);
  return response.text();
}

function pidOf(command: string): number {
  return descendants(stage.gateway.pid!).find((each) => each.command.includes(command))!.pid;
}

/** How much of a sound is a tone, by pieces of 100 ms: a program follows its sources' clocks, so pitch moves a little. */
function meanShare({ sampleRate, samples }: Sound, frequencyHz: number): number {
  const piece = sampleRate / 10;
  const shares = Array.from({ length: Math.floor(samples.length / piece) }, (_, i) =>
    toneShare({ sampleRate, samples: samples.slice(i * piece, (i + 1) * piece) }, frequencyHz),
  );
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/** The program's sound, as a puller has it. */
async function record(seconds: number): Promise<Sound> {
  const folder = await mkdtemp(join(tmpdir(), 'muon-live-'));
  const wav = join(folder, 'sound.wav');
  const input = ['-v', 'error', '-i', stage.rtmpUrl(PULL_TOKEN), '-t', `${seconds}`];
  await promisify(execFile)('ffmpeg', [...input, '-vn', '-ac', '1', wav], { timeout: 30_000 });
  const sound = await readWav(wav);
  await rm(folder, { recursive: true });
  return sound;
}
