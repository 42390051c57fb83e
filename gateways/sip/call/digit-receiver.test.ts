import { decodeTelephoneEvent } from '@muon/wire/dtmf/telephone-event.ts';
import { ProtocolError } from '@muon/wire/protocol-error.ts';
import { expect, test } from 'vitest';
import { DigitReceiver } from './digit-receiver.ts';

const packet = (event: number, end = false) =>
  decodeTelephoneEvent(Uint8Array.of(event, (end ? 0x80 : 0) | 10, 0x01, 0x40));

test('a key press is one digit, however many packets tell of it', () => {
  const receiver = new DigitReceiver();
  const heard = [packet(5), packet(5), packet(5, true), packet(5, true), packet(5, true)].map((event) =>
    receiver.receive(1000, event),
  );
  expect(heard.filter(Boolean)).toEqual(['5']);
});

test('the same key pressed twice is two digits, even when only ends arrive', () => {
  const receiver = new DigitReceiver();
  expect(receiver.receive(1000, packet(11, true))).toBe('#');
  expect(receiver.receive(0xffff_f000, packet(11, true))).toBe('#');
});

test('an event that is no key is no digit', () => {
  expect(new DigitReceiver().receive(1, packet(16))).toBeUndefined();
});

test('a payload cut short is a protocol error', () => {
  expect(() => decodeTelephoneEvent(Uint8Array.of(5, 0, 0))).toThrow(ProtocolError);
});
