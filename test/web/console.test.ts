import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { Muon } from '../support/muon.ts';
import { until } from '../support/until.ts';

let muon: Muon;
let browser: Browser;
let ada: Page;
let guest: Page;

beforeAll(async () => {
  muon = await Muon.start();
  browser = await launchChromium();
  ada = await openPage(`${muon.apiUrl}/#key=${muon.apiKey}`);
});

afterAll(async () => {
  await browser?.close();
  await muon?.[Symbol.asyncDispose]();
});

/** A browser of its own: another's key and names are not in its storage. */
async function openPage(url: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(url);
  return page;
}

describe('without a key', () => {
  test('the console asks for one, and refuses one that is wrong', async () => {
    const page = await openPage(muon.apiUrl);
    await page.fill('[data-testid=api-key]', 'mk_wrong000_0123456789abcdef0123456789abcdef');
    await page.click('[data-testid=open-console]');
    await page.getByTestId('toast').getByText('No valid credentials').waitFor();
    await page.fill('[data-testid=api-key]', muon.apiKey);
    await page.click('[data-testid=open-console]');
    await page.getByTestId('create-room').waitFor();
    await page.context().close();
  });

  test('a link brings it, and it leaves the address bar', async () => {
    await ada.getByTestId('no-rooms').waitFor();
    expect(ada.url()).not.toContain('mk_');
  });
});

describe('two browsers in a room', () => {
  test('one creates it and joins, the other joins by the guest link', async () => {
    await ada.fill('[data-testid=room-name]', 'Algebra 101');
    await ada.click('[data-testid=create-room]');
    await ada.fill('[data-testid=display-name]', 'Ada Lovelace');
    await ada.click('[data-testid=join]');
    await ada.getByTestId('tile').waitFor();
    await ada.click('[data-testid=guest-link]');
    const link = await until('a guest link', () => ada.getByTestId('guest-link').getAttribute('data-link'));
    guest = await openPage(link);
    expect(guest.url()).not.toContain('token');
    await guest.click('[data-testid=join]');
  });

  test('both see both by name, in moving pictures', async () => {
    await until('names at Ada', async () => (await names(ada)).join() === 'Ada Lovelace (you),Guest');
    await until('names at the guest', async () => (await names(guest)).join() === 'Guest (you),Ada Lovelace');
    for (const page of [ada, guest]) {
      await until('two pictures', async () => (await frames(page)).length === 2);
      const before = await frames(page);
      await until('both move', async () => (await frames(page)).every((count, i) => count > before[i]! + 10));
    }
  });

  test('the address for phones is shown', async () => {
    const dialIn = await guest.getByTestId('dial-in').textContent();
    expect(dialIn).toMatch(/^sip:algebra-101@/);
  });

  test('muting is seen by the other, and so is talking again', async () => {
    await ada.click('[data-testid=mute]');
    await until('Ada is muted at the guest', async () => (await mutedOf(guest, 'Ada Lovelace')) === 'true');
    await ada.click('[data-testid=mute]');
    await until('Ada is not muted any more', async () => (await mutedOf(guest, 'Ada Lovelace')) === 'false');
  });

  test('a camera that is off leaves the initials, and comes back', async () => {
    await ada.click('[data-testid=camera]');
    await tile(guest, 'Ada Lovelace').getByText('AL', { exact: true }).waitFor();
    await ada.click('[data-testid=camera]');
    await until('two pictures again', async () => (await frames(guest)).length === 2);
    const before = await frames(guest);
    await until('both move', async () => (await frames(guest)).every((count, i) => count > before[i]! + 10));
  });

  test('a media node that is killed is waited for, and both see both again', async () => {
    const node = muon.processes().find(({ command }) => command.includes('media-node/main.ts'));
    process.kill(node!.pid, 'SIGKILL');
    await ada.getByTestId('reconnecting').waitFor();
    for (const page of [ada, guest]) {
      await until('two pictures again', async () => (await frames(page)).length === 2);
      const before = await frames(page);
      await until('both move', async () => (await frames(page)).every((count, i) => count > before[i]! + 10));
      expect(await page.getByTestId('reconnecting').count()).toBe(0);
    }
  });

  test('a broadcast starts, plays beside the room, and ends', async () => {
    await ada.click('[data-testid=open-live]');
    await ada.click('[data-testid=record]');
    await ada.click('[data-testid=go-live]');
    await ada.locator('[data-testid=live-status][data-status=active]').waitFor();
    const player = ada.getByTestId('live-player');
    await until('it plays', () => player.evaluate((video) => (video as HTMLVideoElement).currentTime > 2));
    expect(await ada.getByTestId('playlist-url').inputValue()).toMatch(/^http.*\.m3u8$/);
    expect(await ada.getByTestId('pull-url').inputValue()).toMatch(/^rtmp:.*token=/);
    await ada.click('[data-testid=stop-live]');
    await ada.locator('[data-testid=live-status][data-status=stopped]').waitFor();
    const link = ada.locator('[data-testid=recording][data-status=ready] a');
    const file = await fetch((await link.getAttribute('href'))!, { method: 'HEAD' });
    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'video/mp4']);
  });

  test('leaving removes the tile', async () => {
    await guest.click('[data-testid=leave]');
    await guest.getByTestId('left').waitFor();
    await until('Ada is alone', async () => (await names(ada)).join() === 'Ada Lovelace (you)');
  });

  test('a deleted room says so', async () => {
    await muon.api('DELETE', '/v1/rooms/algebra-101');
    await ada.getByText('This room was deleted').waitFor();
  });
});

function tile(page: Page, name: string) {
  return page.getByTestId('tile').filter({ has: page.getByText(name, { exact: true }) });
}

function names(page: Page): Promise<string[]> {
  return page.getByTestId('tile-name').allTextContents();
}

function mutedOf(page: Page, name: string): Promise<string | null> {
  return tile(page, name).getAttribute('data-muted');
}

/** How many pictures each tile with a video has shown. */
function frames(page: Page): Promise<number[]> {
  return page
    .locator('[data-testid=tile] video')
    .evaluateAll((videos) =>
      videos.map((video) => (video as HTMLVideoElement).getVideoPlaybackQuality().totalVideoFrames),
    );
}
