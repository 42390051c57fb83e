import type { OpenPacketIo } from '@muon/media-node/io/packet-io.ts';
import { TypescriptPacketIo } from '@muon/media-node/io/typescript-packet-io.ts';

/** A backend that loses RTP in both directions, at random. */
export function lossyPacketIo(rate: number, random: () => number): OpenPacketIo {
  return async (options) => {
    const { owner } = options;
    const io = await TypescriptPacketIo.open({
      ...options,
      owner: {
        datagramReceived: (bytes, from) => owner.datagramReceived(bytes, from),
        rtcpReceived: (session, packet, arrivalMs) => owner.rtcpReceived(session, packet, arrivalMs),
        sendOverTcp: (packet, to) => owner.sendOverTcp(packet, to),
        rtpReceived: (session, packet, arrivalMs) => {
          if (random() >= rate) owner.rtpReceived(session, packet, arrivalMs);
        },
      },
    });
    const fanOut = io.fanOut.bind(io);
    io.fanOut = (packet, outputs, count) => {
      const kept = outputs.slice(0, count).filter(() => random() >= rate);
      fanOut(packet, kept, kept.length);
    };
    return io;
  };
}
