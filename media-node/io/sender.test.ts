import { beforeEach, expect, test, vi } from 'vitest';
import type { Encoding } from '../forward/encodings.ts';
import { Encodings } from '../forward/encodings.ts';
import { LayerSource } from '../forward/layered-stream.fixture.ts';
import type { OutgoingTransport } from './outgoing-transport.ts';
import { Sender } from './sender.ts';

const codec = { mimeType: 'video/VP8', payloadType: 96, clockRate: 90_000 };

let encodings: Encodings;
let sources: LayerSource[];
let dropped: number[];
let wanted: (Encoding | undefined)[];
let sender: Sender;
let nowMs: number;

beforeEach(() => {
  nowMs = 1000;
  encodings = new Encodings();
  sources = [0, 1, 2].map((rank) => {
    const encoding = encodings.add(rank, 90_000);
    return new LayerSource({ mimeType: 'video/VP8', encoding, ssrc: 10 + rank });
  });
  dropped = [];
  wanted = [];
  const transport = { drop: (ssrc: number) => dropped.push(ssrc), overtake: vi.fn<() => void>() };
  sender = new Sender(
    { kind: 'video', msid: { streamId: 's', trackId: 't' }, codec },
    {
      mid: '0',
      ssrc: 1,
      cname: 'node',
      transport: transport as unknown as OutgoingTransport,
      codec,
      rtx: { ssrc: 2, payloadType: 97 },
    },
  );
  sender.start(1, { rtx: true, red: false, descriptors: false });
  sender.on('keyframeWanted', (encoding) => wanted.push(encoding));
  sender.setTarget({ spatial: 2, temporal: 7 }, nowMs);
});

/** A picture of each encoding; how many packets were taken. */
function picture(keyframe = false): number {
  nowMs += 33;
  let taken = 0;
  for (const source of sources) {
    for (const packet of source.vp8({ keyframe })) {
      const { layer } = source.read(packet);
      encodings.arrived(source.encoding, layer, packet.bytes.length, nowMs);
      if (sender.prepare(packet, layer, nowMs)) taken++;
    }
  }
  return taken;
}

/** Until the highest is sent. */
function begin(): void {
  picture(true);
  picture(true);
  expect(sender.current?.spatial).toBe(2);
  wanted = [];
}

test('the keyframe of another encoding is asked for at once, and until it comes the old one goes on', () => {
  begin();
  expect(sender.leaves).toBe(false);
  sender.setTarget({ spatial: 0, temporal: 7 }, nowMs);
  expect(wanted).toEqual([sources[0]!.encoding]);
  expect(sender.leaves).toBe(true);
  expect(picture()).toBe(2);
  expect(sender.current?.spatial).toBe(2);
  picture(true);
  expect(sender.current?.spatial).toBe(0);
  expect(sender.leaves).toBe(false);
});

test('after an interruption another target is asked for, not the one before', () => {
  begin();
  sender.setTarget({ spatial: 1, temporal: 7 }, nowMs);
  sender.interrupt();
  expect(sender.leaves).toBe(false);
  sender.setTarget({ spatial: 0, temporal: 7 }, nowMs);
  expect(wanted).toEqual([sources[1]!.encoding, sources[0]!.encoding]);
  expect(picture()).toBe(0);
  picture(true);
  expect(sender.current?.spatial).toBe(0);
});

test('an interruption leaves out what waits, repairs of it as well', () => {
  begin();
  sender.interrupt();
  expect(dropped).toEqual([1, 2]);
});
