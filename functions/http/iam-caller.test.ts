import { expect, test } from 'vitest';
import { checkSpeaksFor, toInstance } from './iam-caller.ts';

const INSTANCE = 'i-0123456789abcdef0';

test('an instance is known by the session of its role', () => {
  expect(toInstance(`arn:aws:sts::123456789012:assumed-role/muon-media/${INSTANCE}`)).toBe(INSTANCE);
});

test.each([
  undefined,
  '',
  `arn:aws:iam::123456789012:user/${INSTANCE}`,
  'arn:aws:sts::123456789012:assumed-role/muon-media/ada',
  `arn:aws:sts::123456789012:assumed-role/muon-media/x/${INSTANCE}`,
  `arn:aws:sts::123456789012:assumed-role/muon-media/${INSTANCE}\n`,
])('%s is no instance', (arn) => {
  expect(() => toInstance(arn)).toThrow(expect.objectContaining({ code: 'unauthenticated' }));
});

test.each([
  { params: { node: `nd_${INSTANCE}-3` }, body: { generation: 1 } },
  { body: { id: `nd_${INSTANCE}-0` } },
  { params: { gateway: `gw_${INSTANCE}-sip` } },
  { body: { gateway: `gw_${INSTANCE}` } },
])('it speaks for what is named after it: %j', (input) => {
  expect(() => checkSpeaksFor(INSTANCE, input)).not.toThrow();
});

test.each([
  {},
  { body: { room: 'rm_1' } },
  { params: { node: 'nd_i-0123456789abcdef1-0' } },
  { params: { node: `nd_${INSTANCE}0-1` } },
  { params: { node: `nd_x-${INSTANCE}` } },
  { params: { node: `nd_${INSTANCE}-0` }, body: { id: 'nd_other' } },
  { body: { id: [`nd_${INSTANCE}`] } },
  { body: null },
])('and for nothing else: %j', (input) => {
  expect(() => checkSpeaksFor(INSTANCE, input)).toThrow(expect.objectContaining({ code: 'forbidden' }));
});
