import { edges } from '@muon/wire/rtp/seq.fixture.ts';
import { describe, expect, test } from 'vitest';
import { DeliveryWatch } from './delivery-watch.ts';

/** A path that takes 30 ms each way; a packet each 10 ms, told of every 50 ms. */
class Path {
  readonly watch = new DeliveryWatch();
  nowMs = 0;
  next: number;

  constructor(first: number) {
    this.next = first;
  }

  run(durationMs: number, toldMs = 50): void {
    const endMs = this.nowMs + durationMs;
    for (; this.nowMs < endMs; this.nowMs += 10) {
      this.watch.sent(this.next++ & 0xffff, this.nowMs);
      if (this.nowMs % toldMs === 0 && this.nowMs >= 60) this.watch.delivered((this.next - 7) & 0xffff, this.nowMs);
    }
  }

  get queued(): boolean {
    return this.watch.isQueued(this.nowMs);
  }
}

// Numbers wrap, so each case starts on both sides of it.
describe.each(edges)('a path whose first packet is %i', (first) => {
  test('that delivers what it is given has no queue', () => {
    const path = new Path(first);
    path.run(5000);
    for (let times = 0; times < 100; times++) {
      path.run(10);
      expect(path.queued).toBe(false);
    }
  });

  test('that stops to deliver has one within 300 ms, until it has delivered what came before', () => {
    const path = new Path(first);
    path.run(5000);
    path.run(50, Infinity);
    expect(path.queued).toBe(false);
    path.run(250, Infinity);
    expect(path.queued).toBe(true);
    path.watch.delivered((path.next - 20) & 0xffff, path.nowMs);
    expect(path.queued).toBe(false);
  });
});

test('a long way is no queue, nor is feedback that comes seldom', () => {
  const watch = new DeliveryWatch();
  for (let nowMs = 0, seq = 0; nowMs < 10_000; nowMs += 10, seq++) {
    watch.sent(seq, nowMs);
    if (nowMs >= 800 && nowMs % 250 === 0) watch.delivered(seq - 80, nowMs);
    if (nowMs > 2000) expect(watch.isQueued(nowMs)).toBe(false);
  }
});

test('one that is sent nothing for a while is not queued for that', () => {
  const path = new Path(0);
  path.run(1000);
  path.watch.delivered(path.next - 1, path.nowMs);
  path.nowMs += 60_000;
  path.run(100, Infinity);
  expect(path.queued).toBe(false);
});

test('what is never told of is given up after some seconds, so that nothing is held back for ever', () => {
  const path = new Path(0);
  path.run(1000);
  path.nowMs += 3000;
  expect(path.queued).toBe(true);
  path.nowMs += 3000;
  expect(path.queued).toBe(false);
  path.watch.sent(path.next++, path.nowMs);
  path.nowMs += 1000;
  expect(path.queued).toBe(true);
});

test('feedback before anything was sent, or told again, changes nothing', () => {
  const path = new Path(0);
  path.watch.delivered(5, 0);
  path.run(1000);
  path.nowMs += 1000;
  path.watch.delivered(path.next - 30, path.nowMs);
  expect(path.queued).toBe(true);
});

test('numbers between, of packets that nobody tells of, are passed over', () => {
  const watch = new DeliveryWatch();
  for (let nowMs = 0, seq = 0; nowMs < 5000; nowMs += 100, seq += 10) {
    watch.sent(seq, nowMs);
    watch.delivered(seq + 3, nowMs + 30);
    expect(watch.isQueued(nowMs + 99)).toBe(false);
  }
});

test('more under way than is remembered is queued', () => {
  const watch = new DeliveryWatch();
  watch.sent(0, 0);
  watch.delivered(0, 10);
  for (let seq = 1; seq < 10_000; seq++) watch.sent(seq, 10 + seq / 10);
  expect(watch.isQueued(1010)).toBe(true);
});
