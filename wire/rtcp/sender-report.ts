/** What a sender report says of its source's clocks (RFC 3550 section 6.4.1): the same instant on both. */
export interface SenderReportInfo {
  readonly ssrc: number;
  /** The sender's wall clock: seconds since 1900. */
  readonly ntpSeconds: number;
  /** And the fraction of a second, in units of 2^-32 s. */
  readonly ntpFraction: number;
  /** That instant on the RTP clock of the source. */
  readonly rtpTimestamp: number;
}

/** The sender's wall clock at its report, in milliseconds since 1900. */
export function ntpMs({ ntpSeconds, ntpFraction }: SenderReportInfo): number {
  return ntpSeconds * 1000 + (ntpFraction * 1000) / 2 ** 32;
}
