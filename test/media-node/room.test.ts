import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { LinkPeer } from '../support/link-peer.ts';
import { MediaNode } from '../support/media-node.ts';
import { PageServer } from '../support/page-server.ts';
import type { Inbound } from '../support/pages/remote-media.ts';
import { RtpSource } from '../support/rtp-source.ts';
import { until } from '../support/until.ts';

/** Who is in the room: each with a picture of its own size, and a tone. */
const people = [
  { identity: 'ada', page: 'sdk', colour: '#e02020', frequencyHz: 500, width: 320, height: 240 },
  { identity: 'bob', page: 'sdk', colour: '#20c020', frequencyHz: 800, width: 480, height: 270 },
  { identity: 'ion', page: 'ion', colour: '#2020e0', frequencyHz: 1100, width: 320, height: 180 },
] as const;

/** Packet type of a sender report (RFC 3550 section 6.4.1). */
const SENDER_REPORT = 200;

type Person = Omit<(typeof people)[number], 'identity'> & { readonly identity: string };

let node: MediaNode;
let browser: Browser;
const servers = new Map<string, PageServer>();
const pages = new Map<string, Page>();
/** What each page has said, to explain a failure. */
const said = new Map<string, string[]>();

beforeAll(async () => {
  node = await MediaNode.start();
  browser = await launchChromium();
  for (const page of ['sdk', 'ion'] as const) servers.set(page, await PageServer.start(page));
  for (const person of people) pages.set(person.identity, await join(person));
});

afterAll(async () => {
  await browser?.close();
  for (const server of servers.values()) await server[Symbol.asyncDispose]();
  await node?.[Symbol.asyncDispose]();
});

async function join(person: Person): Promise<Page> {
  const page = await browser.newPage();
  const lines: string[] = [];
  said.set(person.identity, lines);
  page.on('console', (message) => lines.push(message.text()));
  page.on('pageerror', (error) => lines.push(String(error)));
  await page.goto(servers.get(person.page)!.url);
  const token = node.controlPlane.joinToken({ identity: person.identity });
  await page.evaluate((options) => window.participant.join(options), {
    ...person,
    token,
    apiUrl: node.controlPlane.url,
  });
  return page;
}

async function inbound(identity: string, kind: 'audio' | 'video'): Promise<Inbound[]> {
  const all = await pages.get(identity)!.evaluate(() => window.participant.inbound());
  return all.filter((stream) => stream.kind === kind);
}

describe.each(people)('$identity, with the client $page,', ({ identity }) => {
  const others = people.filter((person) => person.identity !== identity);

  test('decodes the video of both others in its own size, and more and more of it', async () => {
    const sizes = others.map(({ width, height }) => `${width}x${height}`).sort();
    await until('both are decoded', async () => {
      const seen = (await inbound(identity, 'video')).filter(({ framesDecoded }) => framesDecoded > 10);
      const seenSizes = seen.map(({ frameWidth, frameHeight }) => `${frameWidth}x${frameHeight}`);
      return seenSizes.sort().join() === sizes.join();
    });
    const before = await inbound(identity, 'video');
    await until('there are more frames', async () => {
      const after = await inbound(identity, 'video');
      return before.every((stream, at) => after[at]!.framesDecoded > stream.framesDecoded + 15);
    });
  });

  test('hears both others', async () => {
    for (const { frequencyHz } of others) {
      await until(`a tone of ${frequencyHz} Hz`, async () => {
        const heard = await pages.get(identity)!.evaluate(() => window.participant.frequencies());
        return heard.some((frequency) => Math.abs(frequency - frequencyHz) < 20);
      });
    }
    const audio = await inbound(identity, 'audio');
    expect(audio).toHaveLength(others.length);
    for (const { totalAudioEnergy } of audio) expect(totalAudioEnergy).toBeGreaterThan(0.01);
  });
});

test('the node counts who and what is there', async () => {
  expect(await node.metric('muon_rooms')).toBe(1);
  expect(await node.metric('muon_participants')).toBe(3);
  expect(await node.metric('muon_tracks')).toBe(6);
  await until('the control plane knows', () => node.controlPlane.rooms[0]?.participants === 3);
});

test('a link sends video and audio that browsers play, and gets theirs', async () => {
  const link = await LinkPeer.open(node, { identity: 'gateway', kind: 'sip' });
  const ada = await link.notice('joined');
  expect(ada.participants.map(({ tracks }) => tracks.length)).toEqual([2, 2, 2]);
  await link.publish(0, 'video');
  await link.publish(1, 'audio');
  await using sources = new AsyncDisposableStack();
  sources.use(await RtpSource.start('video', (packet) => link.link.send([{ number: 0, packet }])));
  sources.use(await RtpSource.start('audio', (packet) => link.link.send([{ number: 1, packet }])));
  for (const { identity } of people) {
    await until(`${identity} sees it`, async () => {
      const video = await inbound(identity, 'video');
      return video.length === 3 && video.every(({ framesDecoded }) => framesDecoded > 20);
    });
    await until(`${identity} hears it`, async () => {
      const heard = await pages.get(identity)!.evaluate(() => window.participant.frequencies());
      return heard.some((frequency) => Math.abs(frequency - 600) < 20);
    });
  }

  const tracks = ada.participants.flatMap((participant) => participant.tracks);
  const numbers = await Promise.all(tracks.map(({ id }) => link.subscribe(id)));
  for (const number of numbers) {
    const packets = () => link.packets.filter((packet) => packet.number === number);
    await until('a hundred packets of it', () => packets().length > 100);
    await until('its clock', () => packets().some(({ packet }) => packet[1] === SENDER_REPORT));
  }
  link.close();
  await until('its tracks are gone', async () => (await inbound('ada', 'video')).length === 2);
});

test('a stream that a client of ion-sfu does not want stops, and comes back', async () => {
  const frames = async () => (await inbound('ion', 'video')).map(({ framesDecoded }) => framesDecoded);
  await pages.get('ion')!.evaluate(() => window.ion.streams().forEach((stream) => stream.mute('video')));
  await until('no frame comes', async () => {
    const before = await frames();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return (await frames()).join() === before.join();
  });
  const before = await frames();
  await pages.get('ion')!.evaluate(() => window.ion.streams().forEach((stream) => stream.preferLayer('high')));
  await until('frames come', async () => (await frames()).every((count, at) => count > before[at]! + 10));
});

test('a client of ion-sfu is told whose streams are heard', async () => {
  await until('both others speak', () =>
    pages.get('ion')!.evaluate(() => {
      const heard = window.ion.speakers();
      const voices = window.ion.streams().filter((stream) => stream.getAudioTracks().length > 0);
      return voices.length === 2 && voices.every(({ id }) => heard.includes(id));
    }),
  );
});

test('a message on a data channel of one client of ion-sfu reaches the other', async () => {
  const dan = await join({ ...people[2], identity: 'dan' });
  await until('dan is seen', async () => (await inbound('ion', 'video')).length === 3);
  await pages.get('ion')!.evaluate(() => window.ion.send('chat', 'hello'));
  await until('the message', async () => (await dan.evaluate(() => window.ion.messages())).length > 0);
  expect(await dan.evaluate(() => window.ion.messages())).toEqual([{ label: 'chat', text: 'hello' }]);
  expect(await pages.get('ion')!.evaluate(() => window.ion.messages())).toEqual([]);
  await dan.close();
  await until('dan is gone', async () => (await inbound('ion', 'video')).length === 2);
});

test('when somebody leaves, their tracks vanish at the others', async () => {
  onTestFailed(() => {
    process.stdout.write(`the ion page said: ${said.get('ion')?.join('\n')}\n${node.process.output()}\n`);
  });
  await pages.get('bob')!.evaluate(() => window.participant.leave());
  for (const identity of ['ada', 'ion']) {
    await until(`${identity} has one video left`, async () => (await inbound(identity, 'video')).length === 1);
  }
  expect(await node.metric('muon_tracks')).toBe(4);
});

test('somebody who comes back is seen again', async () => {
  await pages.get('bob')!.close();
  pages.set('bob', await join(people[1]));
  for (const identity of ['ada', 'ion']) {
    await until(`${identity} sees two`, async () => {
      const video = await inbound(identity, 'video');
      return video.length === 2 && video.every(({ framesDecoded }) => framesDecoded > 10);
    });
  }
});

test('a page that is closed without a word is gone, and with the last one the room', async () => {
  for (const page of pages.values()) await page.close();
  await until('the room is gone', async () => (await node.metric('muon_rooms')) === 0);
  expect(node.process.exited()).toBe(false);
});
