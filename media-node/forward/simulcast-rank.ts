/** Simulcast layers as ion-sfu and its clients name them, and as LiveKit and Jitsi do. */
const RANKS: ReadonlyMap<string, number> = new Map(
  Object.entries({ q: 0, l: 0, low: 0, h: 1, m: 1, medium: 1, f: 2, high: 2 }),
);

/** How good an encoding is among those that its publisher offered: by their names where all are known, else by their order. */
export function simulcastRank(rid: string | undefined, offered: readonly string[]): number {
  if (rid === undefined) return 0;
  if (offered.every((name) => RANKS.has(name))) return RANKS.get(rid) ?? 0;
  return Math.max(0, offered.indexOf(rid));
}
