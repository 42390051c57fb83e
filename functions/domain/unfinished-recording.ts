/** A file that nobody has told the end of. */
export interface UnfinishedRecording {
  readonly gatewayId: string;
  readonly egressId: string;
  readonly id: string;
  /** Since when it is known of. */
  readonly sinceMs: number;
  /** Since when its gateway is missed. */
  readonly missed?: Missed | undefined;
}

/** A gateway that is not heard of, as it was first noticed. */
export interface Missed {
  /** When it was heard of last; 0 when it is forgotten by now. */
  readonly heartbeatAtMs: number;
  readonly sinceMs: number;
}

/** So long is a gateway waited for: its host starts again in two minutes. It has files that are repaired then. */
const WAIT_MS = 10 * 60_000;

/** An older heartbeat of the gateway may be taken after a newer one; not so late. */
const OVERTAKEN_MS = 60_000;

/**
 * Whether the gateway, which was heard of at `heartbeatAtMs` last and is missed, has been missed for too long. As noticed, not by
 * its last heartbeat alone: where all were away, as of a machine that slept, nobody knows yet who comes back.
 */
export function isLost({ missed }: UnfinishedRecording, heartbeatAtMs: number, nowMs: number): boolean {
  return missed?.heartbeatAtMs === heartbeatAtMs && nowMs - missed.sinceMs >= WAIT_MS;
}

/** Whether a gateway that lives and names the files it has to finish would name this one. */
export function wouldBeNamed({ sinceMs }: UnfinishedRecording, nowMs: number): boolean {
  return nowMs - sinceMs >= OVERTAKEN_MS;
}
