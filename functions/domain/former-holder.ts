/** A node that held a room, or a gateway that ran a broadcast, until another got it or nobody. */
export interface FormerHolder {
  readonly id: string;
  readonly untilMs: number;
}

/** So long it may still tell what it has not told, as when it was away; also so long it is known of a room that is gone. */
export const LATE_MS = 7 * 86_400_000;

/** What moves so often within that time is told of by the last ones alone. */
const MAX_FORMER = 8;

/** The former holders, one more among them. */
export function withFormer(
  former: readonly FormerHolder[] | undefined,
  holder: FormerHolder | undefined,
): readonly FormerHolder[] | undefined {
  if (!holder) return former;
  return [...(former ?? []).filter(({ id }) => id !== holder.id), holder].slice(-MAX_FORMER);
}

export function mayTellLate(former: readonly FormerHolder[] | undefined, id: string, nowMs: number): boolean {
  return former?.some((holder) => holder.id === id && nowMs - holder.untilMs < LATE_MS) ?? false;
}
