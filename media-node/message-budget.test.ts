import { MAX_MESSAGE_BYTES } from '@muon/contract/message.ts';
import { expect, test } from 'vitest';
import { MessageBudget } from './message-budget.ts';

test('small messages are bounded by their number', () => {
  const budget = new MessageBudget(0);
  for (let message = 0; message < 200; message += 1) expect(budget.refusal(10, 0)).toBeUndefined();
  expect(budget.refusal(10, 0)).toBe('too-many-messages');
  expect(budget.refusal(10, 10)).toBeUndefined();
});

test('large messages are bounded by their bytes', () => {
  const budget = new MessageBudget(0);
  for (let message = 0; message < 32; message += 1) expect(budget.refusal(MAX_MESSAGE_BYTES, 0)).toBeUndefined();
  expect(budget.refusal(MAX_MESSAGE_BYTES, 0)).toBe('too-many-messages');
  expect(budget.refusal(MAX_MESSAGE_BYTES, 125)).toBeUndefined();
});

test('one that is too large is refused whatever is left', () => {
  expect(new MessageBudget(0).refusal(MAX_MESSAGE_BYTES + 1, 0)).toBe('message-too-large');
});
