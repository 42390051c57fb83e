/** What media has seen, in counts; the hot path adds to them, and /metrics reads them. */
export interface MediaTally {
  phonePacketsReceived: number;
  phonePacketsSent: number;
  /** From a source that is not the phone. */
  phonePacketsFromStrangers: number;
  /** Not RTP, or of a coding that was not agreed on. */
  phonePacketsMalformed: number;
  roomPacketsReceived: number;
  roomPacketsSent: number;
  roomPacketsMalformed: number;
  /** In samples of 8 kHz, both ways. */
  samplesPlayed: number;
  samplesConcealed: number;
  samplesLate: number;
  digits: number;
}

export function emptyTally(): MediaTally {
  return {
    phonePacketsReceived: 0,
    phonePacketsSent: 0,
    phonePacketsFromStrangers: 0,
    phonePacketsMalformed: 0,
    roomPacketsReceived: 0,
    roomPacketsSent: 0,
    roomPacketsMalformed: 0,
    samplesPlayed: 0,
    samplesConcealed: 0,
    samplesLate: 0,
    digits: 0,
  };
}
