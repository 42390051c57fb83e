import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PathWatch } from './path-watch.ts';

/** A peer connection of which only the counts of bytes can be seen. */
class FakePath {
  readonly connectionState = 'connected';
  bytesSent = 0;
  bytesReceived = 0;

  getStats(): Promise<ReadonlyMap<string, object>> {
    const { bytesSent, bytesReceived } = this;
    return Promise.resolve(new Map([['pair', { type: 'candidate-pair', bytesSent, bytesReceived }]]));
  }
}

let publisher: FakePath;
let subscriber: FakePath;
let toldMs: number[];
let watch: PathWatch;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  publisher = new FakePath();
  subscriber = new FakePath();
  toldMs = [];
  const asConnection = (path: FakePath): RTCPeerConnection => path as unknown as RTCPeerConnection;
  watch = new PathWatch(asConnection(publisher), asConnection(subscriber), () => toldMs.push(performance.now()));
});

afterEach(() => {
  watch.close();
  vi.useRealTimers();
});

/** Media is sent all the time, and comes back if there is a path. */
async function pass(ms: number, path: boolean): Promise<void> {
  for (let at = 0; at < ms; at += 50) {
    publisher.bytesSent += 1000;
    if (path) publisher.bytesReceived += 50;
    if (path) subscriber.bytesReceived += 1000;
    await vi.advanceTimersByTimeAsync(50);
  }
}

test('a path that carries packets is left alone', async () => {
  await pass(10_000, true);
  expect(toldMs).toEqual([]);
});

test('a path that falls silent is told of within a second, and again after three while it stays silent', async () => {
  await pass(3000, true);
  const brokenMs = performance.now();
  await pass(5000, false);
  expect(toldMs).toHaveLength(2);
  expect(toldMs[0]! - brokenMs).toBeLessThanOrEqual(700);
  expect(toldMs[1]! - toldMs[0]!).toBe(3000);
});

test('a path that was there in between is told of anew at once', async () => {
  await pass(3000, true);
  await pass(1000, false);
  await pass(1500, true);
  const brokenMs = performance.now();
  await pass(1000, false);
  expect(toldMs).toHaveLength(2);
  expect(toldMs[1]! - brokenMs).toBeLessThanOrEqual(700);
});
