import { rtpPacket } from '@muon/wire/rtp/packet.fixture.ts';
import { after, edges } from '@muon/wire/rtp/seq.fixture.ts';
import { describe, expect, test } from 'vitest';
import { PacketHistory } from './packet-history.ts';

function fields(seq: number, timestamp: number) {
  return { seq, timestamp, marker: timestamp % 2 === 0, edit: { offset: 14, length: 2, value: timestamp } };
}

describe.each(edges)('a stream that starts at %i', (start) => {
  test('has its latest packets, and not those before', () => {
    const history = new PacketHistory(64);
    const packets = Array.from({ length: 100 }, (_, by) => rtpPacket({ seq: by }));
    packets.forEach((packet, by) => history.add(packet, fields(after(start, by), by)));
    expect(history.take(after(start, 35), 0)).toBeUndefined();
    expect(history.take(after(start, 36), 0)).toMatchObject({ packet: packets[36], timestamp: 36, marker: true });
    expect(history.take(after(start, 99), 0)).toMatchObject({
      packet: packets[99],
      timestamp: 99,
      edit: { offset: 14, length: 2, value: 99 },
    });
    expect(history.take(after(start, 100), 0)).toBeUndefined();
  });
});

test('a packet that is asked for twice at once is given once', () => {
  const history = new PacketHistory(64);
  history.add(rtpPacket(), fields(5, 5));
  expect(history.take(5, 100)).toBeDefined();
  expect(history.take(5, 105)).toBeUndefined();
  expect(history.take(5, 130)).toBeDefined();
});
