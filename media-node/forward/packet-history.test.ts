import { rtpPacket } from '@muon/wire/rtp/packet.fixture.ts';
import { after, edges } from '@muon/wire/rtp/seq.fixture.ts';
import { describe, expect, test } from 'vitest';
import { PacketHistory } from './packet-history.ts';

function fields(seq: number, timestamp: number) {
  return { seq, timestamp, marker: timestamp % 2 === 0, edit: { offset: 14, length: 2, value: timestamp } };
}

describe.each(edges)('a stream that starts at %i', (start) => {
  test.each([100, 500, 1000])('of %i packets a second has those of the last one and a half', (rate) => {
    const history = new PacketHistory();
    const packets = Array.from({ length: 4 * rate }, (_, by) => rtpPacket({ seq: by }));
    packets.forEach((packet, by) => history.add(packet, fields(after(start, by), by), (by * 1000) / rate));
    for (let by = 2.5 * rate + 1; by < 4 * rate; by++) {
      expect(history.take(after(start, by), 4000)).toEqual({
        packet: packets[by],
        timestamp: by,
        marker: by % 2 === 0,
        edit: { offset: 14, length: 2, value: by },
      });
    }
    expect(history.take(after(start, 4 * rate), 4000)).toBeUndefined();
    expect(history.take(after(start, 0), 4000)).toBeUndefined();
  });

  test('of more packets than that has the latest 2048', () => {
    const history = new PacketHistory();
    for (let by = 0; by < 5000; by++) history.add(rtpPacket({ seq: by }), fields(after(start, by), by), 0);
    expect(history.take(after(start, 5000 - 2049), 0)).toBeUndefined();
    expect(history.take(after(start, 5000 - 2048), 0)?.timestamp).toBe(5000 - 2048);
  });
});

test('packets of long ago are not sent again, however few came since', () => {
  const history = new PacketHistory();
  history.add(rtpPacket(), fields(5, 5), 0);
  expect(history.take(5, 2900)).toBeDefined();
  expect(history.take(5, 3100)).toBeUndefined();
});

test('what was sent before a new beginning is not sent again', () => {
  const history = new PacketHistory();
  history.add(rtpPacket(), fields(5, 5), 10);
  history.forget(20);
  history.add(rtpPacket(), fields(6, 6), 20);
  expect(history.take(5, 30)).toBeUndefined();
  expect(history.take(6, 30)).toBeDefined();
  history.clear();
  expect(history.take(6, 100)).toBeUndefined();
});

test.each([
  [0, 15],
  [100, 70],
  [2000, 200],
])('with a round trip of %i ms, a packet is sent again at most every %i ms', (rttMs, intervalMs) => {
  const history = new PacketHistory();
  history.add(rtpPacket(), fields(5, 5), 0);
  expect(history.take(5, 100, rttMs)).toBeDefined();
  expect(history.take(5, 100 + intervalMs - 1, rttMs)).toBeUndefined();
  expect(history.take(5, 100 + intervalMs, rttMs)).toBeDefined();
});

test('unasked, the latest packets are sent again, each once in a while', () => {
  const history = new PacketHistory();
  expect(history.latest(0)).toBeUndefined();
  for (const seq of [65_534, 65_535, 0]) history.add(rtpPacket(), fields(seq, 1), 0);
  const unasked = [0, 1, 2, 3].map((ms) => {
    const seq = history.latest(ms);
    if (seq !== undefined) history.take(seq, ms);
    return seq;
  });
  expect(unasked).toEqual([0, 65_535, 65_534, undefined]);
});
