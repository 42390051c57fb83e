import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { step, type Call, type CallEffect, type CallEvent } from './call.ts';
import { endings, refusals } from './refusal.ts';

/** The state after `events`, and all effects on the way. */
function run(...events: readonly CallEvent[]): { call: Call; effects: CallEffect[] } {
  let call: Call = { state: 'new' };
  const effects: CallEffect[] = [];
  for (const event of events) {
    const [next, ...more] = step(call, event);
    call = next;
    effects.push(...more);
  }
  return { call, effects };
}

const types = (effects: readonly CallEffect[]) => effects.map(({ type }) => type);
const last = (effects: readonly CallEffect[], type: string) => effects.findLast((effect) => effect.type === type);

const talking: readonly CallEvent[] = [{ type: 'invited' }, { type: 'joined' }];
const lost: CallEvent = { type: 'roomLost', nowMs: 1000 };
const failed = (nowMs: number): CallEvent => ({ type: 'joinFailed', refusal: refusals.unavailable, nowMs });

describe('a call', () => {
  test('rings, joins, is answered and ends', () => {
    const { call, effects } = run(...talking, { type: 'hungUp' });
    expect(types(effects)).toEqual(['ring', 'join', 'answer', 'release']);
    expect(call).toEqual({ state: 'ended', reason: 'hung up' });
  });

  test('that cannot be helped is refused at once', () => {
    const { effects } = run({ type: 'invited', refusal: refusals.noMedia });
    expect(effects).toEqual([{ type: 'refuse', refusal: refusals.noMedia }, { type: 'release' }]);
  });

  test('into no room is refused with the reason', () => {
    const { effects } = run({ type: 'invited' }, { type: 'joinFailed', refusal: refusals.noSuchRoom, nowMs: 0 });
    expect(last(effects, 'refuse')).toEqual({ type: 'refuse', refusal: refusals.noSuchRoom });
  });

  test('that is cancelled before it is answered gets 487, and afterwards goes on', () => {
    expect(last(run({ type: 'invited' }, { type: 'cancelled' }).effects, 'refuse')).toMatchObject({
      refusal: { status: 487 },
    });
    expect(run(...talking, { type: 'cancelled' }).call.state).toBe('talking');
  });

  test('is muted in the room while it is held, however often it says so', () => {
    const held: CallEvent = { type: 'offered', acceptable: true, held: true };
    const { effects } = run(...talking, held, held, { ...held, held: false });
    expect(effects.slice(3)).toEqual([
      { type: 'mute', muted: true },
      { type: 'answer' },
      { type: 'answer' },
      { type: 'mute', muted: false },
      { type: 'answer' },
    ]);
  });

  test('goes on as it was after an offer that cannot be taken', () => {
    const { call, effects } = run(...talking, { type: 'offered', acceptable: false, held: false });
    expect(call.state).toBe('talking');
    expect(last(effects, 'refuse')).toEqual({ type: 'refuse', refusal: refusals.noMedia });
  });

  test('whose late answer cannot be taken ends', () => {
    const { effects } = run(...talking, { type: 'answered', acceptable: false, held: false });
    expect(last(effects, 'hangUp')).toEqual({ type: 'hangUp', ending: endings.noMedia });
  });

  test('ends when its phone is silent, but not while it is held', () => {
    expect(run(...talking, { type: 'silent' }).call.state).toBe('ended');
    const held: CallEvent = { type: 'offered', acceptable: true, held: true };
    expect(run(...talking, held, { type: 'silent' }).call.state).toBe('talking');
  });
});

describe('a call that lost its room', () => {
  test('tries again and goes on, held if it was', () => {
    const { call, effects } = run(...talking, lost, failed(1500), failed(2000), { type: 'joined' });
    expect(call).toEqual({ state: 'talking', held: false });
    expect(types(effects)).toEqual(['ring', 'join', 'answer', 'join', 'join', 'join', 'mute']);
  });

  test('gives up after a while', () => {
    const { effects } = run(...talking, lost, failed(1500), failed(11_000));
    expect(last(effects, 'hangUp')).toEqual({ type: 'hangUp', ending: endings.roomLost });
  });

  test('ends when the room is gone', () => {
    const gone: CallEvent = { type: 'joinFailed', refusal: refusals.noSuchRoom, nowMs: 1100 };
    expect(last(run(...talking, lost, gone).effects, 'hangUp')).toEqual({ type: 'hangUp', ending: endings.roomClosed });
    const closed: CallEvent = { type: 'roomLost', final: endings.roomClosed, nowMs: 0 };
    expect(run(...talking, closed).call.state).toBe('ended');
  });
});

test('a call is released exactly once when it ends, and nothing follows, whatever happens in whatever order', () => {
  const events: readonly CallEvent[] = [
    { type: 'invited' },
    { type: 'joined' },
    failed(0),
    lost,
    { type: 'cancelled' },
    { type: 'offered', acceptable: true, held: true },
    { type: 'offered', acceptable: false, held: false },
    { type: 'answered', acceptable: false, held: false },
    { type: 'hungUp' },
    { type: 'signalingLost', reason: 'no ACK' },
    { type: 'silent' },
    { type: 'closing' },
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...events), { maxLength: 20 }), (happened) => {
      const { call, effects } = run(...happened);
      const releases = types(effects).filter((type) => type === 'release').length;
      expect(releases).toBe(call.state === 'ended' ? 1 : 0);
      if (releases) expect(types(effects).at(-1)).toBe('release');
      expect(types(effects).filter((type) => type === 'hangUp').length).toBeLessThanOrEqual(1);
    }),
  );
});
