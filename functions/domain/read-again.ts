import { Refusal } from './refusal.ts';

/**
 * Whoever is overtaken so often has others at the same things all the time: their caller is to come later. Of those who are at
 * one thing at once, one gets on each time: so many get there even when they all begin together.
 */
const MAX_ATTEMPTS = 24;

/** How long it waits before the second attempt, at most; longer before each further one, up to the other. */
const FIRST_PAUSE_MS = 10;
const LAST_PAUSE_MS = 50;

/**
 * Tries what reads, decides and writes until nobody comes in between: `attempt` gives undefined when what it had read was
 * changed before it wrote.
 *
 * @throws Refusal `overloaded` when others came in between each time
 */
export async function readAgain<Result>(attempt: () => Promise<Result | undefined>): Promise<Result> {
  for (let tried = 1; ; tried += 1) {
    const result = await attempt();
    if (result !== undefined) return result;
    if (tried === MAX_ATTEMPTS) break;
    await new Promise((resolve) =>
      setTimeout(resolve, Math.random() * Math.min(FIRST_PAUSE_MS * tried, LAST_PAUSE_MS)),
    );
  }
  throw new Refusal('overloaded', 'Other requests were at the same things again and again.', { retryAfterSeconds: 1 });
}

/** The outcome of a write as {@link readAgain} takes it. */
export function unlessChanged<Outcome extends string>(outcome: Outcome | 'changed'): Outcome | undefined {
  return outcome === 'changed' ? undefined : outcome;
}
