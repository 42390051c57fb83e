import { expect, test } from 'vitest';
import { dispatch, type DispatchRule } from './dispatch.ts';

function rule(id: string, more: Partial<DispatchRule> = {}): DispatchRule {
  const createdAt = '2026-01-31T09:00:00.000Z';
  return { id, room: { id: `rm_${id}`, name: id }, priority: 100, createdAt, revision: 1, ...more };
}

const outcomeOf = (rules: DispatchRule[], call: Parameters<typeof dispatch>[1]) => {
  const { outcome, rule: decided } = dispatch(rules, call);
  return [outcome, decided?.id];
};

test('the first rule by priority, then by age, decides', () => {
  const rules = [
    rule('late', { priority: 100, createdAt: '2026-02-01T00:00:00.000Z' }),
    rule('early'),
    rule('first', { priority: 1, dialled: ['+4930'] }),
  ];
  expect(outcomeOf(rules, { dialled: '4930' })).toEqual(['room', 'first']);
  expect(outcomeOf(rules, { dialled: '+4931' })).toEqual(['room', 'early']);
});

test('all that a rule says has to match; what did not is told', () => {
  const one = rule('one', { trunk: 'tr_1', dialled: ['+4930'], callers: ['+49', '+43'] });
  const match = { dialled: '+4930', caller: '+43170', trunk: 'tr_1' };
  expect(outcomeOf([one], match)).toEqual(['room', 'one']);
  for (const [reason, change] of [
    ['trunk', { trunk: 'tr_2' }],
    ['trunk', { trunk: undefined }],
    ['dialled', { dialled: '+49301' }],
    ['caller', { caller: '+4170' }],
    ['caller', { caller: undefined }],
  ] as const) {
    const refused = dispatch([one], { ...match, ...change });
    expect(refused).toEqual({ outcome: 'no-rule', considered: [{ rule: 'one', matched: false, reason }] });
  }
});

test('a PIN is asked for, and leads to its own rule among several', () => {
  const rules = [rule('a', { pin: '1111' }), rule('b', { pin: '2222' })];
  expect(outcomeOf(rules, { dialled: '+4930' })).toEqual(['pin-required', 'a']);
  expect(outcomeOf(rules, { dialled: '+4930', pin: '2222' })).toEqual(['room', 'b']);
  expect(outcomeOf(rules, { dialled: '+4930', pin: '3333' })).toEqual(['wrong-pin', undefined]);
});
