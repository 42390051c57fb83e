import { grantsSchema } from '@muon/contract/token.ts';
import { expect, test } from 'vitest';
import { Capacity, type Occupants } from './capacity.ts';

function admits(
  capacity: Capacity,
  token: { readonly iat: number; readonly max: number; readonly hidden?: boolean },
  others: Partial<Occupants>,
): boolean {
  const { iat, max: maxParticipants, hidden = false } = token;
  try {
    capacity.admit(
      { iat, maxParticipants, grants: grantsSchema.parse({ hidden }) },
      { shown: 0, hidden: 0, ...others },
    );
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'room-full' });
    return false;
  }
}

test('a room takes in as many as its newest token says', () => {
  const capacity = new Capacity();
  expect(admits(capacity, { iat: 10, max: 2 }, { shown: 1 })).toBe(true);
  expect(admits(capacity, { iat: 10, max: 2 }, { shown: 2 })).toBe(false);
  expect(admits(capacity, { iat: 11, max: 3 }, { shown: 2 })).toBe(true);
  // An older token, made before the room was enlarged, lets in as many.
  expect(admits(capacity, { iat: 10, max: 2 }, { shown: 2 })).toBe(true);
});

test('tokens from before the capacity was lowered let nobody in beyond it', () => {
  const capacity = new Capacity();
  expect(admits(capacity, { iat: 10, max: 50 }, { shown: 9 })).toBe(true);
  expect(admits(capacity, { iat: 20, max: 5 }, { shown: 10 })).toBe(false);
  expect(admits(capacity, { iat: 10, max: 50 }, { shown: 10 })).toBe(false);
  expect(admits(capacity, { iat: 10, max: 50 }, { shown: 4 })).toBe(true);
});

test('of tokens of the same second the smaller capacity holds', () => {
  const capacity = new Capacity();
  expect(admits(capacity, { iat: 10, max: 2 }, { shown: 1 })).toBe(true);
  expect(admits(capacity, { iat: 10, max: 9 }, { shown: 2 })).toBe(false);
});

test('those who are hidden take no seat of those who are shown, and are 100 themselves', () => {
  const capacity = new Capacity();
  expect(admits(capacity, { iat: 10, max: 1 }, { hidden: 100 })).toBe(true);
  expect(admits(capacity, { iat: 10, max: 1, hidden: true }, { shown: 1, hidden: 99 })).toBe(true);
  expect(admits(capacity, { iat: 10, max: 1, hidden: true }, { hidden: 100 })).toBe(false);
});
