import type { SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';

const SENDER_REPORT = 200;
const SENDER_INFO_BYTES = 28;

/** The sender reports in a compound RTCP packet (RFC 3550 section 6.4.1); what does not parse ends the list. */
export function senderReports(compound: Uint8Array): SenderReportInfo[] {
  const reports: SenderReportInfo[] = [];
  const view = new DataView(compound.buffer, compound.byteOffset, compound.length);
  for (let at = 0; at + 4 <= compound.length; at += 4 + 4 * view.getUint16(at + 2)) {
    if (compound[at + 1] !== SENDER_REPORT) continue;
    if (at + SENDER_INFO_BYTES > compound.length) break;
    reports.push({
      ssrc: view.getUint32(at + 4),
      ntpSeconds: view.getUint32(at + 8),
      ntpFraction: view.getUint32(at + 12),
      rtpTimestamp: view.getUint32(at + 16),
    });
  }
  return reports;
}

/** The sender's wall clock at its report, in milliseconds since 1900. */
export function ntpMs({ ntpSeconds, ntpFraction }: SenderReportInfo): number {
  return ntpSeconds * 1000 + (ntpFraction * 1000) / 2 ** 32;
}
