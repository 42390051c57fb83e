import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { IceWatch } from './ice-watch.ts';

/** A connection whose state a test sets. */
class FakePeerConnection extends EventTarget {
  connectionState: RTCPeerConnectionState = 'connected';

  becomes(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.dispatchEvent(new Event('connectionstatechange'));
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watch() {
  const pc = new FakePeerConnection();
  const restart = vi.fn<() => void>();
  const lost = vi.fn<() => void>();
  return { pc, restart, lost, watched: new IceWatch(pc as unknown as RTCPeerConnection, restart, lost) };
}

test('a path that is back at once is left alone', () => {
  const { pc, restart } = watch();
  pc.becomes('disconnected');
  vi.advanceTimersByTime(400);
  pc.becomes('connected');
  vi.advanceTimersByTime(60_000);
  expect(restart).not.toHaveBeenCalled();
});

test('a broken path is restarted, again and again, until there is one', () => {
  const { pc, restart, lost } = watch();
  pc.becomes('disconnected');
  vi.advanceTimersByTime(9000);
  expect(restart).toHaveBeenCalledTimes(3);
  pc.becomes('connecting');
  pc.becomes('connected');
  vi.advanceTimersByTime(60_000);
  expect(restart).toHaveBeenCalledTimes(3);
  expect(lost).not.toHaveBeenCalled();
});

test('a path that does not come back is given up once, before the node forgets the client', () => {
  const { pc, restart, lost } = watch();
  pc.becomes('disconnected');
  vi.advanceTimersByTime(5000);
  pc.becomes('failed');
  vi.advanceTimersByTime(60_000);
  expect(lost).toHaveBeenCalledTimes(1);
  expect(restart.mock.calls.length).toBeGreaterThan(4);
});

test('a new network has paths found at once, broken or not', () => {
  const { pc, restart, watched } = watch();
  watched.networkChanged();
  expect(restart).toHaveBeenCalledTimes(1);
  pc.becomes('disconnected');
  watched.networkChanged();
  vi.advanceTimersByTime(0);
  expect(restart).toHaveBeenCalledTimes(2);
});

test('what is closed restarts nothing', () => {
  const { pc, restart, watched } = watch();
  pc.becomes('failed');
  watched.close();
  vi.advanceTimersByTime(60_000);
  expect(restart).not.toHaveBeenCalled();
});
