/** What clients asked for and were asked for, in counts of all connections; added to where it happens. */
export interface FeedbackTally {
  /** Packets that subscribers missed and asked for. */
  packetsAskedFor: number;
  /** Those of them that were sent again. */
  packetsRepeated: number;
  /** Keyframes that subscribers asked for (PLI, FIR). */
  keyframesAskedFor: number;
  transportFeedback: number;
  /** Packets that publishers were asked for, each time. */
  packetsRequested: number;
  keyframesRequested: number;
  layerSwitches: number;
}

export function emptyFeedbackTally(): FeedbackTally {
  return {
    packetsAskedFor: 0,
    packetsRepeated: 0,
    keyframesAskedFor: 0,
    transportFeedback: 0,
    packetsRequested: 0,
    keyframesRequested: 0,
    layerSwitches: 0,
  };
}
