import { LINK_AUDIO_LEVEL_ID, type Codec, type LinkNotice, type linkRequest } from '@muon/contract/link.ts';
import { ProtocolError } from '@muon/wire/protocol-error.ts';
import type { LinkPacket } from '@muon/wire/link/frame.ts';
import { decodeRtcp } from '@muon/wire/rtcp/packet.ts';
import { readAudioLevel } from '@muon/wire/rtp/audio-level.ts';
import { isRtcp } from '@muon/wire/rtp/packet.ts';
import type * as z from 'zod';
import type { Encoding } from '../forward/encodings.ts';
import { LayerReader } from '../forward/layer-reader.ts';
import { findCodec } from '../negotiation/codecs.ts';
import type { Metrics } from '../metrics.ts';
import type { Seat } from '../rooms.ts';
import type { Forwarder, Track } from '../track.ts';
import { toPlainPacket } from './plain-packet.ts';
import { LinkRefusal } from './refusal.ts';
import { Throttle } from './throttle.ts';

/** How many tracks one link may publish. */
const MAX_TRACKS = 64;

/** Encoders ignore or suffer from more frequent requests. */
const KEYFRAME_INTERVAL_MS = 500;

type Publish = Extract<z.infer<typeof linkRequest>, { type: 'publish' }>;

interface Publication {
  readonly track: Track;
  readonly keyframes: Throttle;
  /** Of video. */
  readonly layers: { readonly reader: LayerReader; readonly encoding: Encoding } | undefined;
}

export interface LinkPublicationsOptions {
  readonly seat: Seat;
  readonly forwarder: Forwarder;
  readonly metrics: Metrics;
  readonly notify: (notice: LinkNotice) => void;
}

/** The tracks that a link publishes, by the numbers that it gave them. */
export class LinkPublications {
  readonly #options: LinkPublicationsOptions;
  readonly #publications = new Map<number, Publication>();

  constructor(options: LinkPublicationsOptions) {
    this.#options = options;
  }

  /** @throws LinkRefusal */
  publish({ number, kind, source, codec, muted }: Publish): void {
    const { seat, forwarder, notify } = this.#options;
    if (!seat.participant.mayPublish(source)) throw new LinkRefusal('forbidden', 'This participant may not publish.');
    if (this.#publications.has(number)) throw new LinkRefusal('number-in-use', `Number ${number} is a track already.`);
    if (this.#publications.size >= MAX_TRACKS) throw new LinkRefusal('too-many-tracks', `More than ${MAX_TRACKS}.`);
    const keyframes = new Throttle(KEYFRAME_INTERVAL_MS, () => notify({ type: 'keyframeRequested', number }));
    const track = seat.room.publish(seat.participant, {
      kind,
      source,
      muted,
      codec: toKnownCodec(codec, kind),
      streamId: seat.participant.streamId,
      forwarder,
      requestKeyframe: () => keyframes.request(),
    });
    const layers =
      kind === 'video' ? { reader: new LayerReader(track.codec.mimeType), encoding: track.addEncoding(0) } : undefined;
    this.#publications.set(number, { track, keyframes, layers });
    notify({ type: 'published', number, trackId: track.id });
  }

  /** @throws LinkRefusal */
  unpublish(number: number): void {
    const { track, keyframes } = this.#find(number);
    this.#publications.delete(number);
    keyframes.close();
    this.#options.seat.room.unpublish(track);
  }

  /** @throws LinkRefusal */
  setMuted(number: number, muted: boolean): void {
    this.#options.seat.room.setMuted(this.#find(number).track, muted);
  }

  /** Brings packets of the link to the subscribers of their tracks; those that fit no track are left out. */
  receive(packets: readonly LinkPacket[]): void {
    const nowMs = performance.now();
    for (const { number, packet } of packets) this.#receive(number, packet, nowMs);
    this.#options.metrics.packets.linkReceived += packets.length;
  }

  close(): void {
    for (const { keyframes } of this.#publications.values()) keyframes.close();
    this.#publications.clear();
  }

  #receive(number: number, bytes: Uint8Array, nowMs: number): void {
    const publication = this.#publications.get(number);
    // It may have been unpublished while they were on their way.
    if (!publication) {
      this.#options.metrics.packets.linkUnknownTrack += 1;
      return;
    }
    try {
      if (isRtcp(bytes)) deliverReports(publication, bytes);
      else deliverPacket(publication, bytes, nowMs);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#options.metrics.packets.linkMalformed += 1;
    }
  }

  #find(number: number): Publication {
    const publication = this.#publications.get(number);
    if (!publication) throw new LinkRefusal('track-not-found', `Number ${number} is no track.`);
    return publication;
  }
}

/** @throws ProtocolError */
function deliverPacket({ track, layers }: Publication, bytes: Uint8Array, nowMs: number): void {
  const packet = toPlainPacket(bytes);
  const { payloadType } = track.codec;
  if (packet.payloadType !== payloadType) throw new ProtocolError(`payload type ${packet.payloadType}`);
  if (track.kind === 'audio') {
    track.audioLevel = readAudioLevel(bytes, LINK_AUDIO_LEVEL_ID);
    track.audioLevelMs = nowMs;
  }
  const layer = layers?.reader.read(packet);
  if (layer) layer.encoding = layers!.encoding;
  track.deliver(packet, nowMs, layer);
}

/** @throws ProtocolError */
function deliverReports({ track, layers }: Publication, bytes: Uint8Array): void {
  for (const packet of decodeRtcp(bytes)) {
    if (packet.type === 'senderReport') track.deliverReport(packet.info, layers?.encoding);
  }
}

/** The codec as WebRTC clients are offered it, with the payload type of the link. */
function toKnownCodec(codec: Codec, kind: Publish['kind']): Codec {
  const known = findCodec({ ...codec, channels: codec.channels ?? (kind === 'audio' ? 2 : undefined) });
  if (known?.kind !== kind) {
    throw new LinkRefusal('codec-unsupported', `${codec.mimeType} at ${codec.clockRate} Hz is no ${kind} codec here.`);
  }
  return { ...codec, mimeType: known.mimeType };
}
