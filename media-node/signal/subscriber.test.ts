import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Connection } from '../io/connection.ts';
import type { Sender } from '../io/sender.ts';
import { videoOptions } from '../room.fixture.ts';
import { Track } from '../track.ts';
import { Subscriber } from './subscriber.ts';

/** A client's connection that agrees to everything and is up when told. */
class FakeConnection extends EventEmitter {
  unansweredMs = 0;
  restarts = 0;
  readonly transport = {
    wantedBps: 0,
    estimateBps: () => undefined,
    stats: () => ({ lossFraction: 0 }),
    unansweredMs: () => this.unansweredMs,
  };

  restartIce(): void {
    this.restarts += 1;
  }

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

let connection: FakeConnection;
let offers: string[];
let subscriber: Subscriber;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  connection = new FakeConnection();
  offers = [];
  subscriber = new Subscriber({
    connection: connection as unknown as Connection,
    sendOffer: (sdp) => offers.push(sdp),
    apiOpened: () => {},
    apiMessage: () => {},
    messageDropped: () => {},
    subscriptionChanged: () => {},
    refused: () => {},
    failed: (error) => expect.unreachable(String(error)),
  });
});

afterEach(() => {
  subscriber.close();
  vi.useRealTimers();
});

test('a keyframe is asked for when the client can be reached, and not before, when it would be lost', async () => {
  let keyframes = 0;
  subscriber.add(new Track('ada', videoOptions({ requestKeyframe: () => (keyframes += 1) })));
  subscriber.start();
  await expect.poll(() => offers.length).toBe(1);
  await subscriber.answer('answer');
  expect(keyframes).toBe(0);
  connection.emit('connected');
  expect(keyframes).toBe(1);
});

test('a client that answers nothing any more is offered a new path, and again while it does not', async () => {
  connection.emit('connected');
  vi.advanceTimersByTime(2000);
  expect(connection.restarts).toBe(0);
  connection.unansweredMs = 1100;
  vi.advanceTimersByTime(4000);
  expect(connection.restarts).toBe(1);
  await expect.poll(() => offers.length).toBe(1);
  vi.advanceTimersByTime(400);
  expect(connection.restarts).toBe(2);
});
