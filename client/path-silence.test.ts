import { expect, test } from 'vitest';
import { PathSilence } from './path-silence.ts';

/** Looks every 250 ms at a connection that sends and receives so much between two looks. */
function look(silence: PathSilence, looks: number, bytes: { sent: number; received: number }, from = 0): number {
  let nowMs = from;
  for (let at = 0; at < looks; at++) {
    nowMs += 250;
    silence.update({ sent: nowMs * bytes.sent, received: received(nowMs, from, bytes.received) }, nowMs);
  }
  return nowMs;

  function received(atMs: number, sinceMs: number, each: number): number {
    return each === 0 ? sinceMs : atMs * each;
  }
}

test('a path on which nothing ever came is not silent', () => {
  const silence = new PathSilence();
  const nowMs = look(silence, 20, { sent: 1, received: 0 });
  expect(silence.silent(nowMs)).toBe(false);
});

test('a path that carries packets flows', () => {
  const silence = new PathSilence();
  const nowMs = look(silence, 20, { sent: 1, received: 1 });
  expect([silence.flows(nowMs), silence.silent(nowMs)]).toEqual([true, false]);
});

test('a path that stops to carry packets is silent within a second, and unanswered where more is sent', () => {
  const silence = new PathSilence();
  const stoppedMs = look(silence, 20, { sent: 1, received: 1 });
  const nowMs = look(silence, 3, { sent: 1, received: 0 }, stoppedMs);
  expect([silence.flows(nowMs), silence.silent(nowMs), silence.unanswered(nowMs)]).toEqual([false, true, true]);
});

test('what is sent has to be answered within half a second, while others may be silent for longer', () => {
  const silence = new PathSilence();
  const stoppedMs = look(silence, 20, { sent: 1, received: 1 });
  const nowMs = look(silence, 2, { sent: 1, received: 0 }, stoppedMs);
  expect([silence.silent(nowMs), silence.unanswered(nowMs), silence.unanswered(nowMs - 100)]).toEqual([
    false,
    true,
    false,
  ]);
});

test('a path on which nothing is sent any more may be silent, but nothing is unanswered', () => {
  const silence = new PathSilence();
  const stoppedMs = look(silence, 20, { sent: 1, received: 1 });
  silence.update({ sent: stoppedMs, received: stoppedMs }, stoppedMs + 1000);
  expect([silence.silent(stoppedMs + 1000), silence.unanswered(stoppedMs + 1000)]).toEqual([true, false]);
});

test('a few packets after a silence are no flow yet', () => {
  const silence = new PathSilence();
  const stoppedMs = look(silence, 20, { sent: 1, received: 1 });
  const backMs = look(silence, 2, { sent: 1, received: 1 }, stoppedMs + 5000);
  expect(silence.silent(backMs + 1000)).toBe(false);
});
