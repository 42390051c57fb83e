import type { LinkNotice, LinkRequest } from '@muon/contract/link.ts';
import { encodeSenderReport } from '@muon/wire/rtcp/packet.ts';
import type { SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';
import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import { highestLayer } from '../forward/layer-selector.ts';
import type { Metrics } from '../metrics.ts';
import type { Seat } from '../rooms.ts';
import type { Track, TrackSink } from '../track.ts';
import type { LinkOutbox } from './outbox.ts';
import { LinkRefusal } from './refusal.ts';

/** How many tracks one link may be sent. */
const MAX_TRACKS = 1024;

/** A link loses nothing, so what its reports count nobody reads: they carry the clocks. */
const UNCOUNTED = { packets: 0, payloadBytes: 0 };

type LayerLimit = Extract<LinkRequest, { type: 'subscribe' }>['layer'];

interface Subscription {
  readonly track: Track;
  readonly number: number;
  readonly sink: TrackSink;
}

export interface LinkSubscriptionsOptions {
  readonly seat: Seat;
  readonly outbox: LinkOutbox;
  /** Whether the link does not take its bytes in time, so that video has to wait. */
  readonly isBehind: () => boolean;
  readonly metrics: Metrics;
  readonly notify: (notice: LinkNotice) => void;
}

/** The tracks that a link is sent, each under a number. */
export class LinkSubscriptions {
  readonly #options: LinkSubscriptionsOptions;
  readonly #subscriptions = new Map<string, Subscription>();
  #nextNumber = 0;

  constructor(options: LinkSubscriptionsOptions) {
    this.#options = options;
  }

  get trackIds(): string[] {
    return [...this.#subscriptions.keys()];
  }

  /**
   * Sends the best of a track from now on, or at most this layer. Again for the same track: sets another layer.
   *
   * @throws LinkRefusal
   */
  add(trackId: string, layer: LayerLimit): void {
    const limit = layer ? { spatial: layer.spatial, temporal: layer.temporal ?? highestLayer.temporal } : highestLayer;
    const present = this.#subscriptions.get(trackId);
    if (present) return present.track.limitSink(present.sink, limit);
    const { seat, notify } = this.#options;
    const track = seat.room.track(trackId);
    if (!track) throw new LinkRefusal('track-not-found', 'There is no such track.');
    if (!seat.participant.permissions.subscribe)
      throw new LinkRefusal('forbidden', 'This participant may not subscribe.');
    if (this.#subscriptions.size >= MAX_TRACKS) throw new LinkRefusal('too-many-tracks', `More than ${MAX_TRACKS}.`);
    const number = this.#freeNumber();
    const sink = this.#sink(track, number);
    this.#subscriptions.set(trackId, { track, number, sink });
    notify({ type: 'subscribed', trackId, number, codec: track.codec });
    track.addSink(sink, limit);
  }

  /** Does nothing when the track is not, or no longer, sent. */
  remove(trackId: string): void {
    const subscription = this.#subscriptions.get(trackId);
    if (!subscription) return;
    this.#subscriptions.delete(trackId);
    subscription.track.removeSink(subscription.sink);
    this.#options.notify({ type: 'unsubscribed', trackId, number: subscription.number });
  }

  removeAll(): void {
    for (const trackId of this.#subscriptions.keys()) this.remove(trackId);
  }

  /** @throws LinkRefusal */
  requestKeyframe(trackId: string): void {
    const subscription = this.#subscriptions.get(trackId);
    if (!subscription) throw new LinkRefusal('track-not-found', 'The track is not subscribed.');
    subscription.track.requestKeyframe();
  }

  /** Lets video go on from its next keyframe after the link has caught up. */
  resumeVideo(): void {
    for (const { track } of this.#subscriptions.values()) track.requestKeyframe();
  }

  close(): void {
    for (const { track, sink } of this.#subscriptions.values()) track.removeSink(sink);
    this.#subscriptions.clear();
  }

  #sink(track: Track, number: number): TrackSink {
    const { outbox, isBehind, metrics } = this.#options;
    return {
      packet: ({ bytes }: RtpPacket) => {
        if (track.kind === 'video' && isBehind()) {
          metrics.packets.linkSlow += 1;
          return;
        }
        metrics.packets.linkSent += 1;
        outbox.push(number, bytes);
      },
      senderReport: (report: SenderReportInfo) => {
        outbox.push(number, encodeSenderReport(report, UNCOUNTED, track.identity));
      },
    };
  }

  /** One that no late packet of an earlier track can still be under way with. */
  #freeNumber(): number {
    const inUse = new Set([...this.#subscriptions.values()].map(({ number }) => number));
    while (inUse.has(this.#nextNumber)) this.#nextNumber = (this.#nextNumber + 1) & 0xffff;
    const number = this.#nextNumber;
    this.#nextNumber = (number + 1) & 0xffff;
    return number;
  }
}
