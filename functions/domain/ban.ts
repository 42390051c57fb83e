/** Nobody may join a room under an identity for a while. */
export interface Ban {
  readonly roomId: string;
  readonly identity: string;
  readonly untilMs: number;
}
