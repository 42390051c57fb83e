const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** How long ago a moment was, in words. */
export function timeAgo(then: Date, now: Date): string {
  const elapsedMs = now.getTime() - then.getTime();
  for (const [unit, lengthMs] of units) {
    if (elapsedMs >= lengthMs) return words.format(-Math.floor(elapsedMs / lengthMs), unit);
  }
  return 'just now';
}
