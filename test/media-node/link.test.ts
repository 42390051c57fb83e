import { once } from 'node:events';
import { LINK_SUBPROTOCOL, linkCloseCodes } from '@muon/contract/link.ts';
import { toPlainPacket } from '@muon/media-node/link/plain-packet.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { LinkPeer } from '../support/link-peer.ts';
import { MediaNode } from '../support/media-node.ts';
import { until } from '../support/until.ts';

let node: MediaNode;
let rooms = 0;
const peers: LinkPeer[] = [];

beforeAll(async () => void (node = await MediaNode.start()));
afterAll(() => node[Symbol.asyncDispose]());
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close();
  await until('the rooms are empty', async () => (await node.metric('muon_rooms')) === 0);
  expect(node.process.exited()).toBe(false);
});

async function open(identity: string, options: Partial<Parameters<typeof LinkPeer.open>[1]> = {}): Promise<LinkPeer> {
  const peer = await LinkPeer.open(node, { identity, room: `room-${rooms}`, ...options });
  peers.push(peer);
  return peer;
}

function rtp(payloadType: number, seq: number, payloadBytes = 20): Uint8Array {
  const packet = new Uint8Array(12 + payloadBytes).fill(seq);
  packet.set([0x80, payloadType, seq >> 8, seq & 0xff, 0, 0, 0, seq & 0xff, 0, 0, 0, 9]);
  return packet;
}

describe('two links in a room', () => {
  let ada: LinkPeer;
  let bob: LinkPeer;

  async function meet(): Promise<void> {
    rooms += 1;
    ada = await open('ada');
    bob = await open('bob', { kind: 'sip' });
  }

  test('see each other come, publish, mute, unpublish and go', async () => {
    await meet();
    expect(bob.notices[0]).toMatchObject({
      type: 'joined',
      participant: { identity: 'bob', kind: 'sip' },
      participants: [{ identity: 'ada', tracks: [] }],
    });
    const trackId = await bob.publish(3, 'audio');
    bob.request({ type: 'setMuted', number: 3, muted: true });
    bob.request({ type: 'unpublish', number: 3 });
    bob.close();
    await ada.notice('event', ({ event }) => event.type === 'participantLeft');
    const events = ada.notices.flatMap((notice) => (notice.type === 'event' ? [notice.event] : []));
    expect(events).toMatchObject([
      { type: 'participantJoined', participant: { identity: 'bob', name: 'Name of bob', kind: 'sip' } },
      { type: 'trackPublished', identity: 'bob', track: { id: trackId, kind: 'audio', mimeType: 'audio/opus' } },
      { type: 'trackChanged', identity: 'bob', track: { id: trackId, muted: true } },
      { type: 'trackUnpublished', identity: 'bob', trackId },
      { type: 'participantLeft', identity: 'bob' },
    ]);
  });

  test('bring packets and clocks of a track to each other, in order, with room for a transport-wide number', async () => {
    await meet();
    const number = await ada.subscribe(await bob.publish(3, 'audio'));
    const sent = Array.from({ length: 300 }, (_, seq) => rtp(111, seq));
    for (let at = 0; at < sent.length; at += 50) {
      bob.link.send(sent.slice(at, at + 50).map((packet) => ({ number: 3, packet })));
    }
    await until('all packets', () => ada.packets.length === sent.length);
    expect(ada.packets).toEqual(sent.map((packet) => ({ number, packet: toPlainPacket(packet).bytes })));

    const report = Uint8Array.from({ length: 28 }, (_, at) => at);
    report.set([0x80, 200, 0, 6]);
    bob.link.send([{ number: 3, packet: report }]);
    const received = await until('the sender report', () => ada.packets[sent.length]);
    expect([...received.packet.subarray(0, 20)]).toEqual([...report.subarray(0, 20)]);
  });

  test('tell a subscriber that a track has ended, and nothing of it follows', async () => {
    await meet();
    const trackId = await bob.publish(3, 'video');
    await ada.subscribe(trackId);
    bob.request({ type: 'unpublish', number: 3 });
    await ada.notice('unsubscribed', (notice) => notice.trackId === trackId);
    bob.link.send([{ number: 3, packet: rtp(96, 1) }]);
    await bob.publish(4, 'audio');
    expect(ada.packets).toEqual([]);
  });

  test('ask for keyframes: for a new subscriber at once, then as often as an encoder can bear', async () => {
    await meet();
    const trackId = await bob.publish(3, 'video');
    await ada.subscribe(trackId);
    await bob.notice('keyframeRequested', ({ number }) => number === 3);
    for (let request = 0; request < 20; request += 1) ada.request({ type: 'requestKeyframe', trackId });
    const requests = () => bob.notices.filter(({ type }) => type === 'keyframeRequested').length;
    await until('the wish is passed on', () => requests() > 1);
    expect(requests()).toBe(2);
  });

  test('may not use a number twice, nor publish or subscribe without the grant', async () => {
    rooms += 1;
    const writer = await open('writer', { grants: { subscribe: false } });
    const reader = await open('reader', { grants: { publish: false } });
    const trackId = await writer.publish(1, 'audio');
    const opus = { mimeType: 'audio/opus', clockRate: 48_000, payloadType: 111 };
    const again = { type: 'publish', number: 1, kind: 'audio', source: 'microphone', codec: opus } as const;
    writer.request(again);
    await writer.notice('refused', ({ code }) => code === 'number-in-use');
    writer.request({ type: 'subscribe', trackId });
    await writer.notice('refused', ({ code }) => code === 'forbidden');
    reader.request(again);
    await reader.notice('refused', ({ code }) => code === 'forbidden');
    for (let number = 2; number <= 65; number += 1) writer.request({ ...again, number });
    await writer.notice('refused', ({ code }) => code === 'too-many-tracks');
  });

  test('are not shown to each other when one is hidden', async () => {
    rooms += 1;
    const first = await open('ada');
    const hidden = await open('composer', { grants: { hidden: true } });
    const last = await open('bob');
    expect(last.notices[0]).toMatchObject({ participants: [{ identity: 'ada' }] });
    await hidden.notice('event', ({ event }) => event.type === 'participantJoined');
    expect(first.notices.filter(({ type }) => type === 'event')).toHaveLength(1);
  });
});

describe('a link', () => {
  test('is closed when its identity joins again', async () => {
    rooms += 1;
    const before = await open('ada');
    await open('ada');
    await until('it is closed', () => before.closed);
    expect(before.closed).toEqual({ code: linkCloseCodes.replaced, reason: 'conflict' });
  });

  test('is closed when the room is full', async () => {
    rooms += 1;
    await open('ada', { maxParticipants: 1 });
    const bob = await open('bob', { maxParticipants: 1 });
    expect(bob.closed).toEqual({ code: linkCloseCodes.roomClosed, reason: 'room-full' });
  });

  test('is closed when the control plane closes its room', async () => {
    rooms += 1;
    const ada = await open('ada');
    node.controlPlane.closeRooms = [{ id: `rm_room-${rooms}`, reason: 'room-deleted' }];
    await until('it is closed', () => ada.closed);
    expect(ada.closed).toEqual({ code: linkCloseCodes.roomClosed, reason: 'room-deleted' });
    node.controlPlane.closeRooms = [];
  });

  test('that does not read loses video, counted, and gets a keyframe once it reads on', async () => {
    rooms += 1;
    const bob = await open('bob');
    const trackId = await bob.publish(1, 'video');
    const token = await node.controlPlane.token({ identity: 'ada', room: `room-${rooms}`, grants: { link: true } });
    const ada = new WebSocket(`${node.url('/link')}?access_token=${token}`, LINK_SUBPROTOCOL);
    await once(ada, 'open');
    ada.send(JSON.stringify({ type: 'subscribe', trackId }));
    await bob.notice('keyframeRequested');
    ada.pause();
    const slow = () => node.metric('muon_link_packets_slow_total');
    const batch = Array.from({ length: 100 }, (_, seq) => ({ number: 1, packet: rtp(96, seq, 1200) }));
    await until('video is left out', async () => {
      for (let frame = 0; frame < 20; frame += 1) bob.link.send(batch);
      return (await slow()) > 0;
    });
    const asked = bob.notices.length;
    ada.resume();
    await until('a keyframe is asked for', () => {
      bob.link.send(batch.slice(0, 1));
      return bob.notices.length > asked;
    });
    expect(ada.readyState).toBe(WebSocket.OPEN);
    ada.close();
  });
});

test('a control plane that is away changes nothing for those who are in a room', async () => {
  rooms += 1;
  const ada = await open('ada');
  node.controlPlane.away = true;
  await until('the node has noticed', async () => !((await node.health()) as { registered: boolean }).registered);
  const bob = await open('bob');
  await ada.subscribe(await bob.publish(1, 'audio'));
  bob.link.send([{ number: 1, packet: rtp(111, 1) }]);
  await until('a packet', () => ada.packets.length === 1);
  node.controlPlane.away = false;
  await until('the node is back', async () => ((await node.health()) as { registered: boolean }).registered);
});
