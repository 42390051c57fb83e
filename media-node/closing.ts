/** Why this node ends the connection of a participant; a name of both `signalCloseCodes` and `linkCloseCodes`. */
export interface Closing {
  readonly code: 'roomClosed' | 'replaced' | 'removed' | 'moved' | 'tooSlow' | 'draining';
  /** Stable, for programs. */
  readonly reason: string;
}
