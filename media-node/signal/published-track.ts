import type { Encoding } from '../forward/encodings.ts';
import { simulcastRank } from '../forward/simulcast-rank.ts';
import type { IncomingStats, Receiver } from '../io/receiver.ts';
import type { Track } from '../track.ts';

/** Brings the packets of a client's track into the room: of its only stream, or of all encodings of its simulcast. */
export class PublishedTrack {
  readonly track: Track;
  readonly #receivers = new Map<Receiver, Encoding>();

  constructor(track: Track) {
    this.track = track;
  }

  /** Whether no stream of it is left. */
  get ended(): boolean {
    return this.#receivers.size === 0;
  }

  /** How it comes in, all its streams together; undefined in the first second. */
  get stats(): IncomingStats | undefined {
    const all = [...this.#receivers.keys()].flatMap(({ stats }) => stats ?? []);
    if (all.length === 0) return undefined;
    const rtts = all.flatMap(({ rttMs }) => rttMs ?? []);
    return {
      bitrateBps: all.reduce((sum, { bitrateBps }) => sum + bitrateBps, 0),
      lossFraction: Math.max(...all.map(({ lossFraction }) => lossFraction)),
      rttMs: rtts.length === 0 ? undefined : Math.min(...rtts),
      jitterMs: Math.max(...all.map(({ jitterMs }) => jitterMs)),
    };
  }

  /** Asks for a keyframe of one encoding, or of all. */
  requestKeyframe(wanted: Encoding | undefined): void {
    for (const [receiver, encoding] of this.#receivers) {
      if (wanted === undefined || wanted === encoding) receiver.requestKeyframe();
    }
  }

  add(receiver: Receiver): void {
    const { track } = this;
    const encoding = track.addEncoding(simulcastRank(receiver.rid, receiver.rids));
    this.#receivers.set(receiver, encoding);
    const layered = track.kind === 'video' ? encoding : undefined;
    receiver.on('senderReport', (report) => track.deliverReport(report, layered));
    receiver.on('packet', (packet, arrivalMs, layer) => {
      if (layer) layer.encoding = encoding;
      track.audioLevel = receiver.audioLevel;
      track.audioLevelMs = arrivalMs;
      track.deliver(packet, arrivalMs, layer);
    });
  }

  remove(receiver: Receiver): void {
    const encoding = this.#receivers.get(receiver);
    if (!encoding) return;
    this.#receivers.delete(receiver);
    receiver.removeAllListeners();
    this.track.removeEncoding(encoding);
  }
}
