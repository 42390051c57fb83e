import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { startsKeyframe } from '../forward/keyframe.ts';
import { LayerChoice } from '../forward/layer-choice.ts';
import type { Receiver } from '../io/receiver.ts';
import type { Track } from '../track.ts';

/** Simulcast layers as ion-sfu and its clients name them, and as LiveKit and Jitsi do; the higher, the better. */
const LAYERS = new Map(Object.entries({ q: 0, l: 0, low: 0, h: 1, m: 1, medium: 1, f: 2, high: 2 }));

/** Brings the packets of a client's track into the room: of one stream, or of the best of its simulcast layers. */
export class PublishedTrack {
  readonly track: Track;
  readonly #receivers = new Set<Receiver>();
  readonly #choice = new LayerChoice();
  #forwarded: Receiver | undefined;

  constructor(track: Track) {
    this.track = track;
  }

  /** Whether no stream of it is left. */
  get ended(): boolean {
    return this.#receivers.size === 0;
  }

  /** Asks for a keyframe of the layer that is forwarded, or of all when there is none yet. */
  requestKeyframe(): void {
    if (this.#forwarded) this.#forwarded.requestKeyframe();
    else for (const receiver of this.#receivers) receiver.requestKeyframe();
  }

  add(receiver: Receiver): void {
    this.#receivers.add(receiver);
    receiver.on('senderReport', (report) => {
      if (receiver === this.#forwarded) this.track.deliverReport(report);
    });
    receiver.on('packet', (packet, arrivalMs) => {
      if (this.#accepts(receiver, packet, arrivalMs)) this.track.deliver(packet, arrivalMs);
    });
  }

  remove(receiver: Receiver): void {
    this.#receivers.delete(receiver);
    receiver.removeAllListeners();
    this.#choice.remove(layerOf(receiver));
    if (this.#forwarded === receiver) this.#forwarded = undefined;
  }

  #accepts(receiver: Receiver, packet: RtpPacket, nowMs: number): boolean {
    if (receiver.rid === undefined) {
      this.#forwarded = receiver;
      return true;
    }
    const layer = layerOf(receiver);
    const accepted = this.#choice.accept(layer, startsKeyframe(receiver.codec.mimeType, packet) === true, nowMs);
    if (accepted) this.#forwarded = receiver;
    else if (this.#choice.wanted(nowMs) === layer) receiver.requestKeyframe();
    return accepted;
  }
}

function layerOf({ rid = '' }: Receiver): number {
  return LAYERS.get(rid) ?? (Number.parseInt(rid, 10) || 0);
}
