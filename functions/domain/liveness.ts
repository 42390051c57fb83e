/** What tells that a node or gateway lives. */
export interface Beating {
  readonly heartbeatAtMs: number;
}

/** So many heartbeats may be missed; a little less than three, so that at 5 s between them rooms move within 15 s. */
const MISSED = 2.9;

/** Less than this is a busy machine, not a dead process. */
const MIN_STALE_MS = 3000;

/** After how long without a heartbeat a node or gateway counts as dead. */
export function stalenessMs(heartbeatIntervalMs: number): number {
  return Math.max(MISSED * heartbeatIntervalMs, MIN_STALE_MS);
}

export function isAlive({ heartbeatAtMs }: Beating, staleMs: number, nowMs: number): boolean {
  return nowMs - heartbeatAtMs < staleMs;
}
