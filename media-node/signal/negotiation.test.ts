import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Negotiation } from './negotiation.ts';

describe('a negotiation', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function open(): { readonly negotiation: Negotiation; readonly offer: ReturnType<typeof vi.fn> } {
    const offer = vi.fn<() => void>();
    return { negotiation: new Negotiation(offer), offer };
  }

  test('puts changes that come together into one offer', () => {
    const { negotiation, offer } = open();
    negotiation.want();
    negotiation.want();
    vi.advanceTimersByTime(1000);
    expect(offer).toHaveBeenCalledTimes(1);
  });

  test('has one offer under way; changes meanwhile follow the answer as one', () => {
    const { negotiation, offer } = open();
    negotiation.now();
    negotiation.want();
    negotiation.want();
    vi.advanceTimersByTime(1000);
    expect(offer).toHaveBeenCalledTimes(1);
    negotiation.answered();
    vi.advanceTimersByTime(1000);
    expect(offer).toHaveBeenCalledTimes(2);
    negotiation.answered();
    vi.advanceTimersByTime(1000);
    expect(offer).toHaveBeenCalledTimes(2);
  });

  test('offers anew when an offer is never answered, and not when it was', () => {
    const { negotiation, offer } = open();
    negotiation.now();
    vi.advanceTimersByTime(10_000);
    expect(offer).toHaveBeenCalledTimes(2);
    negotiation.answered();
    vi.advanceTimersByTime(60_000);
    expect(offer).toHaveBeenCalledTimes(2);
  });

  test('that is closed offers nothing more', () => {
    const { negotiation, offer } = open();
    negotiation.want();
    negotiation.close();
    negotiation.want();
    vi.advanceTimersByTime(60_000);
    expect(offer).not.toHaveBeenCalled();
  });
});
