import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { Connection } from '../io/connection.ts';
import type { Sender } from '../io/sender.ts';
import { videoOptions } from '../room.fixture.ts';
import { Track } from '../track.ts';
import { Subscriber } from './subscriber.ts';

/** A client's connection that agrees to everything and is up when told. */
class FakeConnection extends EventEmitter {
  readonly transport = { wantedBps: 0, estimateBps: () => undefined, stats: () => ({ lossFraction: 0 }) };

  createDataChannel(): EventEmitter {
    return new EventEmitter();
  }

  addSender(): Sender {
    return Object.assign(new EventEmitter(), { interrupt: () => {} }) as unknown as Sender;
  }

  offer(): Promise<string> {
    return Promise.resolve('offer');
  }

  acceptAnswer(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {}
}

test('a keyframe is asked for when the client can be reached, and not before, when it would be lost', async () => {
  let keyframes = 0;
  const track = new Track('ada', videoOptions({ requestKeyframe: () => (keyframes += 1) }));
  const connection = new FakeConnection();
  const offers: string[] = [];
  const subscriber = new Subscriber({
    connection: connection as unknown as Connection,
    sendOffer: (sdp) => offers.push(sdp),
    apiOpened: () => {},
    apiMessage: () => {},
    messageDropped: () => {},
    subscriptionChanged: () => {},
    refused: () => {},
    failed: (error) => expect.unreachable(String(error)),
  });
  subscriber.add(track);
  subscriber.start();
  await expect.poll(() => offers.length).toBe(1);
  await subscriber.answer('answer');
  expect(keyframes).toBe(0);
  connection.emit('connected');
  expect(keyframes).toBe(1);
  subscriber.close();
});
