import type { Grants } from '@muon/contract/token.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { LinkPeer } from '../support/link-peer.ts';
import { MediaNode } from '../support/media-node.ts';
import { Network } from '../support/network.ts';
import { PageServer } from '../support/page-server.ts';
import type { Inbound } from '../support/pages/remote-media.ts';
import { until } from '../support/until.ts';

let network: Network;
let node: MediaNode;
let browser: Browser;
let server: PageServer;
const opened: Page[] = [];
let rooms = 0;

beforeAll(async () => {
  network = await Network.start();
  node = await MediaNode.start(network.settings);
  await network.attach(node);
  browser = await launchChromium();
  server = await PageServer.start('sdk');
});

afterEach(async () => {
  for (const page of opened.splice(0)) await page.close();
  rooms += 1;
  expect(node.process.exited()).toBe(false);
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
  await node?.[Symbol.asyncDispose]();
  await network?.[Symbol.asyncDispose]();
});

const roomName = (): string => `room-${rooms}`;

const looks = {
  ada: { colour: '#e02020', frequencyHz: 500 },
  bob: { colour: '#20c020', frequencyHz: 800 },
  eve: { colour: '#2020e0', frequencyHz: 1100 },
};

async function openPage(): Promise<Page> {
  const page = await browser.newPage();
  opened.push(page);
  await page.goto(server.url);
  return page;
}

/** In the room with a picture and a tone. */
async function join(identity: keyof typeof looks, grants: Partial<Grants> = {}): Promise<Page> {
  const page = await openPage();
  const token = node.controlPlane.joinToken({ identity, room: roomName(), grants });
  const { url: apiUrl } = node.controlPlane;
  await page.evaluate((options) => window.participant.join(options), { ...looks[identity], token, apiUrl });
  return page;
}

/** In the room, and sends nothing. */
async function watch(identity: string, grants: Partial<Grants> = {}): Promise<Page> {
  const page = await openPage();
  const token = node.controlPlane.joinToken({ identity, room: roomName(), grants });
  await page.evaluate(
    ([joinToken, apiUrl]) => window.room.connect(joinToken!, { apiUrl: apiUrl! }),
    [token, node.controlPlane.url],
  );
  return page;
}

async function inbound(page: Page, kind: 'audio' | 'video'): Promise<Inbound[]> {
  const all = await page.evaluate(() => window.participant.inbound());
  return all.filter((stream) => stream.kind === kind);
}

/** Packets of audio that came until now, over all streams. */
async function audioPackets(page: Page): Promise<number> {
  return (await inbound(page, 'audio')).reduce((sum, { packetsReceived }) => sum + packetsReceived, 0);
}

async function framesDecoded(page: Page): Promise<number> {
  return (await inbound(page, 'video')).reduce((sum, stream) => sum + stream.framesDecoded, 0);
}

/** Whether a count goes on growing, seen over a second. */
async function grows(count: () => Promise<number>): Promise<boolean> {
  const before = await count();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return (await count()) > before;
}

async function flows(page: Page): Promise<void> {
  await until('audio flows', () => grows(() => audioPackets(page)));
  await until('video flows', () => grows(() => framesDecoded(page)));
}

function told(page: Page, name: string): Promise<Record<string, unknown>[]> {
  return page.evaluate(
    (wanted) => window.told.filter((event) => event.name === wanted).map(({ payload }) => ({ ...payload })),
    name,
  );
}

/** Id of a track as somebody else sees it. */
function trackId(page: Page, identity: string, source: string): Promise<string> {
  return until(`the ${source} of ${identity}`, () =>
    page.evaluate(
      ([who, what]) =>
        window.room.participants
          .find((participant) => participant.identity === who)
          ?.tracks.find((track) => track.source === what)?.id,
      [identity, source] as const,
    ),
  );
}

test('a new name and attributes are seen by the others, and by those who come later', async () => {
  const ada = await watch('ada');
  const bob = await watch('bob');
  await ada.evaluate(() => window.room.updateSelf({ name: 'Countess', attributes: { hand: 'up' } }));
  await until('bob sees it', async () => (await told(bob, 'participantChanged')).length === 1);
  const eve = await watch('eve');
  for (const page of [bob, eve]) {
    const seen = await page.evaluate(() => window.room.participants.find(({ identity }) => identity === 'ada'));
    expect(seen).toMatchObject({ name: 'Countess', attributes: { hand: 'up' } });
  }
  expect(await ada.evaluate(() => window.room.localParticipant)).toMatchObject({ name: 'Countess' });
});

test.each(['goes to another page', 'closes the page'] as const)('somebody who %s has left at once', async (how) => {
  const ada = await watch('ada');
  const bob = await watch('bob');
  await (how === 'closes the page' ? ada.close({ runBeforeUnload: true }) : ada.goto('about:blank'));
  await until('bob is alone', () => bob.evaluate(() => window.room.participants.length === 0), { timeoutMs: 5000 });
});

describe('somebody who publishes a picture and a sound', () => {
  test('takes away what was published first, and the other goes on over the same connection', async () => {
    const ada = await join('ada');
    const bob = await watch('bob');
    await flows(bob);
    const unpublish = (kind: string) =>
      ada.evaluate((which) => window.room.localTracks.find((track) => track.kind === which)!.unpublish(), kind);
    await unpublish('audio');
    await until('no sound comes', async () => (await inbound(bob, 'audio')).length === 0);
    for (let second = 0; second < 3; second += 1) expect(await grows(() => framesDecoded(bob))).toBe(true);
    await unpublish('video');
    await until('nothing comes', async () => (await inbound(bob, 'video')).length === 0);
    await ada.evaluate(async () => {
      const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
      await window.room.publish(media.getAudioTracks()[0]!, { source: 'microphone' });
      await window.room.publish(media.getVideoTracks()[0]!, { source: 'camera' });
    });
    await flows(bob);
    expect(await ada.evaluate(() => window.peers.length)).toBe(2);
    for (const name of ['interrupted', 'reconnecting']) expect(await told(ada, name)).toEqual([]);
  });

  test('is not left waiting when the connection ends meanwhile', async () => {
    const ada = await join('ada');
    const outcome = await ada.evaluate(async () => {
      const [first] = window.room.localTracks;
      const createOffer = RTCPeerConnection.prototype.createOffer as () => Promise<RTCSessionDescriptionInit>;
      RTCPeerConnection.prototype.createOffer = function create(this: RTCPeerConnection) {
        const made = createOffer.call(this);
        window.room.leave();
        return made as never;
      };
      const published = window.room.publish(first!.media.clone(), { source: 'other' });
      const unpublished = first!.unpublish();
      const waited = new Promise((resolve) => setTimeout(() => resolve('waits'), 5000));
      return Promise.race([Promise.allSettled([published, unpublished]).then(() => 'settled'), waited]);
    });
    expect(outcome).toBe('settled');
  });
});

describe('a moderator', () => {
  test('mutes a microphone for everybody, which its owner cannot undo; and lifts that', async () => {
    const ada = await join('ada');
    const bob = await watch('bob', { admin: true });
    await flows(bob);
    const microphone = await trackId(bob, 'ada', 'microphone');
    const mute = (id: string, muted: boolean) =>
      bob.evaluate(([track, on]) => window.room.moderation.muteTrack(track, on), [id, muted] as const);
    await mute(microphone, true);
    await until('no sound comes', async () => !(await grows(() => audioPackets(bob))));
    expect(await grows(() => framesDecoded(bob))).toBe(true);
    await until('ada knows', () =>
      ada.evaluate(() => window.room.localTracks.some(({ mutedByModerator }) => mutedByModerator)),
    );

    await ada.evaluate(async () => {
      const track = window.room.localTracks.find(({ kind }) => kind === 'audio')!;
      track.mute();
      track.unmute();
      await track.unpublish();
      await window.room.publish(track.media, { source: 'microphone' });
    });
    const again = await until('it is published again', async () => {
      const id = await trackId(bob, 'ada', 'microphone');
      return id === microphone ? undefined : id;
    });
    for (let second = 0; second < 3; second += 1) expect(await grows(() => audioPackets(bob))).toBe(false);

    await mute(again, false);
    await until('sound comes', () => grows(() => audioPackets(bob)));
    expect(await told(ada, 'reconnecting')).toEqual([]);
  });

  test('takes the permission to publish away, so that tracks vanish, and gives it back', async () => {
    const ada = await join('ada');
    const bob = await watch('bob', { admin: true });
    await flows(bob);
    const allow = (publish: boolean) =>
      bob.evaluate((may) => window.room.moderation.setPermissions('ada', { publish: may }), publish);
    await allow(false);
    await until('bob sees no track', () => bob.evaluate(() => window.room.participants[0]!.tracks.length === 0));
    await until('nothing comes', async () => !(await grows(() => audioPackets(bob))));
    await until('ada knows', () => ada.evaluate(() => !window.room.localParticipant!.permissions.publish));
    const refusal = await ada.evaluate(() =>
      window.room
        .publish(window.room.localTracks[0]!.media, { source: 'other' })
        .then(() => 'published')
        .catch((error: { code: string }) => error.code),
    );
    expect(refusal).toBe('forbidden');
    await allow(true);
    await flows(bob);
  });

  test('takes the permission to subscribe away, so that nothing comes, and gives it back', async () => {
    await join('ada');
    const bob = await watch('bob');
    const moderator = await watch('moderator', { admin: true });
    await flows(bob);
    const allow = (subscribe: boolean) =>
      moderator.evaluate((may) => window.room.moderation.setPermissions('bob', { subscribe: may }), subscribe);
    await allow(false);
    await until('nothing comes', async () => (await inbound(bob, 'audio')).length === 0);
    await allow(true);
    await flows(bob);
  });

  test('removes somebody with a reason, who does not come back', async () => {
    const ada = await watch('ada');
    const bob = await watch('bob', { admin: true });
    await bob.evaluate(() => window.room.moderation.removeParticipant('ada', 'enough'));
    await until('ada is out', async () => (await told(ada, 'disconnected')).length === 1);
    const [{ error }] = (await told(ada, 'disconnected')) as [{ error: Error }];
    expect(error.message).toBe('enough');
    await until('bob is alone', () => bob.evaluate(() => window.room.participants.length === 0));
    expect(await told(ada, 'reconnecting')).toEqual([]);
  });

  test('moves somebody to another room, where their tracks go with them', async () => {
    const ada = await join('ada');
    const bob = await watch('bob', { admin: true });
    const other = `${roomName()}-other`;
    const link = await LinkPeer.open(node, { identity: 'phone', room: other });
    const token = node.controlPlane.joinToken({ identity: 'ada', room: other });
    await bob.evaluate(
      ([room, joinToken]) => window.room.moderation.moveParticipant('ada', room!, joinToken!),
      [other, token],
    );
    await until('ada is there', async () => (await told(ada, 'reconnected')).length === 1);
    expect(await told(ada, 'moved')).toEqual([{ room: other }]);
    await link.notice('event', ({ event }) => event.type === 'participantJoined');
    await until('both tracks are there', () => {
      const published = link.notices.filter(({ type, ...rest }) => type === 'event' && isPublished(rest));
      return published.length === 2;
    });
    expect(await bob.evaluate(() => window.room.participants.length)).toBe(0);
    link.close();
  });

  function isPublished(notice: object): boolean {
    return (notice as { event?: { type: string } }).event?.type === 'trackPublished';
  }
});

describe('messages', () => {
  test('reach one, some or all, as text or bytes, and are acknowledged', async () => {
    const [ada, bob, eve] = [await watch('ada'), await watch('bob'), await watch('eve')];
    const deliveries = await ada.evaluate(async () => [
      await window.room.send('chat', 'all'),
      await window.room.send('chat', 'one', { to: ['bob'] }),
      await window.room.send('chat', 'some', { to: ['bob', 'eve', 'ghost'] }),
      await window.room.send('blob', new Uint8Array(65_536).fill(255), { to: ['eve'] }),
    ]);
    expect(deliveries).toEqual([
      { recipients: 2, missing: [] },
      { recipients: 1, missing: [] },
      { recipients: 2, missing: ['ghost'] },
      { recipients: 1, missing: [] },
    ]);
    const texts = async (page: Page) => (await told(page, 'messageReceived')).map(({ data }) => data);
    await until('bob has three', async () => (await texts(bob)).length === 3);
    await until('eve has three', async () => (await texts(eve)).length === 3);
    expect(await texts(bob)).toEqual(['all', 'one', 'some']);
    expect((await texts(eve)).slice(0, 2)).toEqual(['all', 'some']);
    const last = await eve.evaluate(() => {
      const message = window.told.findLast(({ name }) => name === 'messageReceived')!;
      const { data, from } = message.payload as { data: Uint8Array; from: string };
      return { from, bytes: data.length, value: data[65_535] };
    });
    expect(last).toEqual({ from: 'ada', bytes: 65_536, value: 255 });
    expect(await texts(ada)).toEqual([]);
  });

  test('that may be lost go over data channels, and reach whom they are for', async () => {
    const [ada, bob, eve] = [await watch('ada'), await watch('bob'), await watch('eve')];
    const reached = (page: Page) => told(page, 'messageReceived');
    const send = (data: string, to?: string[]) =>
      ada.evaluate(
        ([text, names]) => window.room.send('pose', text, { lossy: true, ...(names ? { to: names } : {}) }),
        [data, to] as const,
      );
    await until('one comes', async () => {
      await send('all');
      return (await reached(bob)).length > 0 && (await reached(eve)).length > 0;
    });
    const eves = (await reached(eve)).length;
    await until('its channel is open', () =>
      ada.evaluate(() => window.peers.some((peer) => peer.sctp?.state === 'connected')),
    );
    await until('one for bob comes', async () => {
      await send('bob', ['bob']);
      return (await reached(bob)).some(({ data }) => data === 'bob');
    });
    expect((await reached(bob)).at(-1)).toEqual({ from: 'ada', topic: 'pose', data: 'bob' });
    expect((await reached(eve)).filter(({ data }) => data === 'bob')).toEqual([]);
    expect(eves).toBeGreaterThan(0);
  });
});

test('a fifth of all packets is lost: reliable messages all arrive in order, lossy ones go on arriving', async () => {
  const [ada, bob] = [await watch('ada'), await watch('bob')];
  const reached = (topic: string) =>
    bob.evaluate(
      (wanted) =>
        window.told.flatMap(({ name, payload }) => {
          const { topic: about, data } = payload as { topic: string; data: string | Uint8Array };
          return name === 'messageReceived' && about === wanted
            ? [typeof data === 'string' ? Number(data) : data.length]
            : [];
        }),
      topic,
    );
  const send = (topic: string, count: number, lossy: boolean) =>
    ada.evaluate(
      async ([about, messages, mayBeLost]) => {
        for (let message = 0; message < messages; message += 1) {
          await window.room.send(about, String(message), { lossy: mayBeLost });
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      },
      [topic, count, lossy] as const,
    );
  await until('the lossy channels are open', async () => {
    await send('hello', 1, true);
    return (await reached('hello')).length > 2;
  });
  // As JSON it is more than a data channel takes from a client, so that it goes another way.
  await ada.evaluate(() => window.room.send('large', new Uint8Array(65_536), { lossy: true }));
  await until('a large one is there', async () => (await reached('large')).includes(65_536));
  await network.set({ up: { loss: 0.2 }, down: { loss: 0.2 } });
  await Promise.all([send('reliable', 100, false), send('lossy', 300, true)]);
  await until('the last reliable one is there', async () => (await reached('reliable')).length === 100);
  const lossy = await until('late lossy ones are there', async () => {
    const numbers = await reached('lossy');
    return Math.max(...numbers) > 280 ? numbers : undefined;
  });
  await network.set({ up: {}, down: {} });
  expect(await reached('reliable')).toEqual(Array.from({ length: 100 }, (_, message) => message));
  expect(lossy.length).toBeGreaterThan(100);
  // Lost on one way or the other, and sent again on neither, 192 come; 240 if the node sent them again.
  expect(lossy.length).toBeLessThan(218);
});

test('who speaks follows the voices, and everybody is told how well everybody is connected', async () => {
  const ada = await join('ada');
  const bob = await join('bob');
  const eve = await watch('eve');
  const voice = (page: Page, on: boolean) =>
    page.evaluate((enabled) => {
      window.room.localTracks.find(({ kind }) => kind === 'audio')!.media.enabled = enabled;
    }, on);
  const speakers = () => eve.evaluate(() => window.room.speakers.join());
  await voice(bob, false);
  await until('ada speaks', async () => (await speakers()) === 'ada');
  await voice(ada, false);
  await until('nobody speaks', async () => (await speakers()) === '');
  await voice(bob, true);
  await until('bob speaks', async () => (await speakers()) === 'bob');
  const [{ speakers: last }] = (await told(eve, 'speakersChanged')).slice(-1) as [{ speakers: { level: number }[] }];
  expect(last[0]!.level).toBeGreaterThan(0.02);
  await until('all are well connected', () =>
    eve.evaluate(() => ['ada', 'bob', 'eve'].every((identity) => window.room.quality(identity) === 'excellent')),
  );
});

test('a WebSocket that is cut for 20 s stops no media, and what happened meanwhile is there afterwards', async () => {
  const ada = await join('ada');
  const bob = await join('bob');
  for (const page of [ada, bob]) await flows(page);
  await network.cutTcp();
  await until('ada noticed', async () => (await told(ada, 'interrupted')).length > 0);
  const link = await LinkPeer.open(node, { identity: 'phone', room: roomName() });
  const endsMs = Date.now() + 20_000;
  while (Date.now() < endsMs) {
    for (const page of [ada, bob]) expect(await grows(() => framesDecoded(page))).toBe(true);
  }
  const joined = await link.notice('joined');
  expect(joined.participants.map(({ identity }) => identity)).toEqual(['ada', 'bob']);
  expect(await ada.evaluate(() => window.room.participants.map(({ identity }) => identity))).toEqual(['bob']);

  await network.mendTcp();
  for (const page of [ada, bob]) {
    await until('it is back', async () => (await told(page, 'resumed')).length === 1);
    expect(await page.evaluate(() => window.room.participants.map(({ identity }) => identity))).toContain('phone');
    expect(await told(page, 'reconnecting')).toEqual([]);
    await flows(page);
  }
  await ada.evaluate(() => window.room.updateSelf({ name: 'Countess' }));
  await until('bob hears of it', async () => (await told(bob, 'participantChanged')).length === 1);
  link.close();
});

test('when the network changes, ICE is restarted on both connections and media goes on', async () => {
  const ada = await join('ada');
  const bob = await join('bob');
  for (const page of [ada, bob]) await flows(page);
  const names = () =>
    ada.evaluate(() => window.peers.map((peer) => /ice-ufrag:(\S+)/.exec(peer.remoteDescription!.sdp)![1]!));
  const before = await names();
  await ada.evaluate(() => window.dispatchEvent(new Event('online')));
  await until('both have new credentials', async () => {
    const after = await names();
    return after.length === 2 && after.every((name, at) => name !== before[at]);
  });
  for (const page of [ada, bob]) await flows(page);
  expect(await told(ada, 'reconnecting')).toEqual([]);
});

test('a camera of 1280x720 is sent in three sizes, all of which flow', async () => {
  const ada = await openPage();
  const token = node.controlPlane.joinToken({ identity: 'ada', room: roomName() });
  await ada.evaluate((options) => window.participant.join(options), {
    ...looks.ada,
    width: 1280,
    height: 720,
    simulcast: true,
    token,
    apiUrl: node.controlPlane.url,
  });
  await watch('bob');
  const sizes = await until(
    'all three flow',
    () =>
      ada.evaluate(async () => {
        const entries = (await Promise.all(window.peers.map((peer) => peer.getStats()))).flatMap((report) => [
          ...(report.values() as Iterable<{
            type: string;
            kind: string;
            rid: string;
            framesSent: number;
            frameHeight: number;
          }>),
        ]);
        const video = entries.filter(({ type, kind }) => type === 'outbound-rtp' && kind === 'video');
        const flowing = video.filter(({ framesSent }) => framesSent > 30);
        return flowing.length === 3 && Object.fromEntries(flowing.map(({ rid, frameHeight }) => [rid, frameHeight]));
      }),
    { timeoutMs: 60_000 },
  );
  expect(sizes).toEqual({ q: 180, h: 360, f: 720 });
});
