/** Now, by two clocks. */
export interface Moment {
  /** In whole milliseconds, by a clock that nobody sets: for how long something took. */
  readonly steadyMs: number;
  /** Since 1970, by the clock of the machine, which may be set at any time: for what is dated. */
  readonly wallMs: number;
}

export function thisMoment(): Moment {
  return { steadyMs: Math.floor(performance.now()), wallMs: Date.now() };
}
