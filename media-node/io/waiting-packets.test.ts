import { rtpPacket } from '@muon/wire/rtp/packet.fixture.ts';
import { expect, test } from 'vitest';
import type { RtpOutput } from './packet-io.ts';
import { WaitingPackets } from './waiting-packets.ts';

const output: RtpOutput = {
  session: 1,
  ssrc: 0,
  seq: 0,
  timestamp: 0,
  payloadType: 96,
  marker: false,
  edit: { offset: 0, length: 0, value: 0 },
  transportSequence: undefined,
};

function push(queue: WaitingPackets, seq: number, ssrc = 5): boolean {
  output.seq = seq;
  output.ssrc = ssrc;
  output.edit.value = seq;
  return queue.push(rtpPacket({ seq }), output, seq);
}

/** The numbers of the packets, of their outputs and of their edits, as they leave. */
function shift(queue: WaitingPackets): number[] {
  const seen: number[] = [];
  queue.shift((packet, { seq, edit }) => seen.push(packet.seq, seq, edit.value));
  return seen;
}

test('packets leave in order, each with what its output was, however the queue grows', () => {
  const queue = new WaitingPackets(100);
  let next = 0;
  let left = 0;
  for (const [pushes, shifts] of [
    [3, 2],
    [5, 1],
    [20, 24],
    [40, 10],
  ] as const) {
    for (let i = 0; i < pushes; i++) push(queue, next++);
    for (let i = 0; i < shifts; i++, left++) expect(shift(queue)).toEqual([left, left, left]);
  }
  expect(queue.count).toBe(next - left);
  while (queue.count > 0) expect(shift(queue)).toEqual([left, left, left++]);
  expect(queue.sizeBytes).toBe(0);
  expect(shift(queue)).toEqual([]);
});

test('no more wait than may, and none of a stream that has ended', () => {
  const queue = new WaitingPackets(3);
  expect([1, 2, 3, 4].map((seq) => push(queue, seq, seq % 2))).toEqual([true, true, true, false]);
  queue.drop(1);
  expect(queue.sizeBytes).toBe(rtpPacket().bytes.length);
  expect([shift(queue), shift(queue), shift(queue)]).toEqual([[], [2, 2, 2], []]);
  expect(queue.sizeBytes).toBe(0);
});

test('it is known since when the first waits', () => {
  const queue = new WaitingPackets(100);
  expect(queue.oldestMs).toBe(Infinity);
  for (const seq of [7, 8, 9]) push(queue, seq);
  shift(queue);
  expect(queue.oldestMs).toBe(8);
  queue.clear();
  expect([queue.count, queue.sizeBytes, queue.oldestMs]).toEqual([0, 0, Infinity]);
});
