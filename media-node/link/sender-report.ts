import type { SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';

/** Packet type of a sender report, and its size without report blocks (RFC 3550 section 6.4.1). */
const SENDER_REPORT = 200;
const SENDER_REPORT_BYTES = 28;

/** The first sender report of a compound RTCP packet; undefined when there is none that is whole. */
export function findSenderReport(rtcp: Uint8Array): SenderReportInfo | undefined {
  const view = new DataView(rtcp.buffer, rtcp.byteOffset, rtcp.byteLength);
  let at = 0;
  while (at + 4 <= rtcp.length) {
    const sizeBytes = 4 * (view.getUint16(at + 2) + 1);
    if (rtcp[at]! >>> 6 !== 2 || at + sizeBytes > rtcp.length) return undefined;
    if (rtcp[at + 1] === SENDER_REPORT && sizeBytes >= SENDER_REPORT_BYTES) {
      return {
        ssrc: view.getUint32(at + 4),
        ntpSeconds: view.getUint32(at + 8),
        ntpFraction: view.getUint32(at + 12),
        rtpTimestamp: view.getUint32(at + 16),
      };
    }
    at += sizeBytes;
  }
  return undefined;
}

/** A sender report that carries the clocks alone: what a link lost or got, nobody asks. */
export function encodeSenderReport({ ssrc, ntpSeconds, ntpFraction, rtpTimestamp }: SenderReportInfo): Uint8Array {
  const bytes = new Uint8Array(SENDER_REPORT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, SENDER_REPORT);
  view.setUint16(2, SENDER_REPORT_BYTES / 4 - 1);
  view.setUint32(4, ssrc);
  view.setUint32(8, ntpSeconds);
  view.setUint32(12, ntpFraction);
  view.setUint32(16, rtpTimestamp);
  return bytes;
}
