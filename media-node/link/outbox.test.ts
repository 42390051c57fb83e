import { decodeLinkFrame, type LinkPacket } from '@muon/wire/link/frame.ts';
import { setImmediate as nextTick } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LinkOutbox } from './outbox.ts';

function open(): { readonly outbox: LinkOutbox; readonly frames: LinkPacket[][] } {
  const frames: LinkPacket[][] = [];
  return { outbox: new LinkOutbox((frame) => frames.push(decodeLinkFrame(frame))), frames };
}

test('packets of one tick leave in one frame, in order', async () => {
  const { outbox, frames } = open();
  const packets = [1, 2, 300].map((number) => ({ number, packet: new Uint8Array(20).fill(number) }));
  for (const { number, packet } of packets) outbox.push(number, packet);
  await nextTick();
  expect(frames.map((frame) => frame.map(({ number, packet }) => [number, [...packet]]))).toEqual([
    packets.map(({ number, packet }) => [number, [...packet]]),
  ]);
});

test('a packet is copied at once, since its bytes are used again', async () => {
  const { outbox, frames } = open();
  const packet = new Uint8Array(12).fill(7);
  outbox.push(0, packet);
  packet.fill(9);
  await nextTick();
  expect(frames[0]![0]!.packet[0]).toBe(7);
});

test('a tick with more than a frame takes leaves in several, and loses nothing', async () => {
  const { outbox, frames } = open();
  for (let index = 0; index < 500; index += 1) outbox.push(index, new Uint8Array(1200));
  await nextTick();
  expect(frames.length).toBeGreaterThan(1);
  expect(frames.flat().map(({ number }) => number)).toEqual(Array.from({ length: 500 }, (_, index) => index));
});
