import { describe, expect, test } from 'vitest';
import { SourceLatch } from './source-latch.ts';

const announced = { address: '10.0.0.7', port: 4000 };
const nat = { address: '198.51.100.9', port: 61_000 };
const stranger = { address: '203.0.113.66', port: 4000 };

describe('sound is taken', () => {
  test('from where the phone said it is', () => {
    const latch = new SourceLatch(announced, nat.address);
    expect(latch.accepts(announced, 0)).toBe(true);
    expect(latch.target).toEqual(announced);
  });

  test('from where its signalling came from, and then sent there', () => {
    const latch = new SourceLatch(announced, nat.address);
    expect(latch.target).toEqual(announced);
    expect(latch.accepts(nat, 0)).toBe(true);
    expect(latch.target).toEqual(nat);
  });

  test('from nobody else', () => {
    const latch = new SourceLatch(announced, nat.address);
    expect(latch.accepts(stranger, 0)).toBe(false);
    expect(latch.target).toEqual(announced);
  });

  test('from another port of the phone only when the first has fallen silent', () => {
    const latch = new SourceLatch(announced, nat.address);
    const moved = { ...nat, port: 61_002 };
    latch.accepts(nat, 0);
    expect(latch.accepts(moved, 1999)).toBe(false);
    expect(latch.accepts(moved, 2000)).toBe(true);
    expect(latch.accepts(nat, 2001)).toBe(false);
  });

  test('from a new place when the phone announces one, and from the old one again only if it is plausible', () => {
    const latch = new SourceLatch(announced, announced.address);
    latch.accepts(announced, 0);
    const elsewhere = { address: '10.0.0.8', port: 5000 };
    latch.announce(elsewhere);
    expect(latch.target).toEqual(elsewhere);
    expect(latch.accepts(elsewhere, 1)).toBe(true);
    expect(latch.accepts(stranger, 9999)).toBe(false);
  });
});
