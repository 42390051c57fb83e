import { EventEmitter } from 'node:events';
import { LINK_AUDIO_LEVEL_ID, type LinkNotice } from '@muon/contract/link.ts';
import type { Participant, RoomEvent, Track } from '@muon/contract/participant.ts';
import type { Link, LinkClosed } from '@muon/service/link-client.ts';
import { toAudioLevel } from '@muon/wire/rtp/audio-level.ts';
import { isRtcp } from '@muon/wire/rtp/packet.ts';
import type { LinkPacket } from '@muon/wire/link/frame.ts';
import { FRAME_MS, FRAME_SAMPLES } from '../call/frame.ts';
import type { Mixer } from '../call/mixer.ts';
import { openEncoder, OPUS_CLOCK_RATE, opusCodec } from './opus.ts';
import { RoomTrack } from './room-track.ts';
import { RtpSender } from './rtp-sender.ts';
import type { MediaTally } from './tally.ts';

export interface RoomLegEvents {
  /** The call is in the room. */
  joined: [];
  /** Once, however it ended; `joined` may never have been. */
  closed: [LinkClosed];
}

/** Voices that a phone is given at once; nobody can follow more. */
const MAX_TRACKS = 32;

/** The number of the phone's own track on the link. */
const OWN_TRACK = 0;

/** A call's sound on the side of the room: everybody's Opus in, the phone's Opus out, over one link. */
export class RoomLeg extends EventEmitter<RoomLegEvents> {
  readonly #link: Link;
  readonly #tally: MediaTally;
  readonly #encoder = openEncoder();
  readonly #sender = new RtpSender((OPUS_CLOCK_RATE * FRAME_MS) / 1000);
  readonly #frame = new Int16Array(FRAME_SAMPLES);
  /** Ids of the room's audio tracks, oldest first, and of those that were asked for. */
  readonly #voices = new Set<string>();
  readonly #wanted = new Set<string>();
  /** What the room sends, by its number. */
  readonly #tracks = new Map<number, RoomTrack>();
  #identity: string | undefined;
  #published = false;
  #muted: boolean;

  constructor(link: Link, { muted, tally }: { readonly muted: boolean; readonly tally: MediaTally }) {
    super();
    this.#link = link;
    this.#tally = tally;
    this.#muted = muted;
    link.on('notice', (notice) => this.#receiveNotice(notice));
    link.on('packets', (packets) => this.#receivePackets(packets));
    link.on('closed', (closed) => {
      for (const number of this.#tracks.keys()) this.#removeTrack(number);
      this.#published = false;
      this.emit('closed', closed);
    });
  }

  /** Sends a frame of the phone into the room, unless it is muted. */
  send(frame: Int16Array): void {
    if (!this.#published) return;
    if (this.#muted) return this.#sender.skip();
    const audioLevel = { id: LINK_AUDIO_LEVEL_ID, level: toAudioLevel(frame) };
    const packet = this.#sender.next(opusCodec.payloadType, this.#encoder.encode(frame), audioLevel);
    this.#link.send([{ number: OWN_TRACK, packet }]);
    this.#tally.roomPacketsSent++;
  }

  /** Adds the next frame of everybody in the room. */
  addTo(mixer: Mixer): void {
    for (const track of this.#tracks.values()) if (track.read(this.#frame)) mixer.add(this.#frame);
  }

  setMuted(muted: boolean): void {
    if (this.#muted === muted) return;
    this.#muted = muted;
    if (this.#published) this.#link.request({ type: 'setMuted', number: OWN_TRACK, muted });
  }

  close(): void {
    this.#link.close();
  }

  #receiveNotice(notice: LinkNotice): void {
    switch (notice.type) {
      case 'joined':
        this.#identity = notice.participant.identity;
        return this.#join(notice.participants.filter(({ identity }) => identity !== this.#identity));
      case 'published':
        this.#published = true;
        return;
      case 'subscribed': {
        const { number, codec } = notice;
        if (codec.mimeType.toLowerCase() !== opusCodec.mimeType) return;
        this.#removeTrack(number);
        this.#tracks.set(number, new RoomTrack(codec.payloadType, this.#tally));
        return;
      }
      case 'unsubscribed':
        this.#forget(notice.trackId);
        return this.#removeTrack(notice.number);
      case 'event':
        return this.#receiveEvent(notice.event);
      default:
    }
  }

  #join(others: readonly Participant[]): void {
    this.#link.request({
      type: 'publish',
      number: OWN_TRACK,
      kind: 'audio',
      source: 'microphone',
      codec: opusCodec,
      muted: this.#muted,
    });
    for (const { tracks } of others) for (const track of tracks) this.#meet(track);
    this.emit('joined');
  }

  #receiveEvent(event: RoomEvent): void {
    if (event.type === 'participantJoined') for (const track of event.participant.tracks) this.#meet(track);
    if (event.type === 'trackPublished' && event.identity !== this.#identity) this.#meet(event.track);
    if (event.type === 'trackUnpublished') this.#forget(event.trackId);
  }

  #meet({ id, kind }: Track): void {
    if (kind === 'audio') this.#voices.add(id);
    this.#subscribe();
  }

  #forget(trackId: string): void {
    this.#voices.delete(trackId);
    this.#wanted.delete(trackId);
    this.#subscribe();
  }

  /** Asks for those voices that there is room for. */
  #subscribe(): void {
    for (const trackId of this.#voices) {
      if (this.#wanted.size >= MAX_TRACKS) return;
      if (this.#wanted.has(trackId)) continue;
      this.#wanted.add(trackId);
      this.#link.request({ type: 'subscribe', trackId });
    }
  }

  #receivePackets(packets: readonly LinkPacket[]): void {
    for (const { number, packet } of packets) if (!isRtcp(packet)) this.#tracks.get(number)?.receive(packet);
  }

  #removeTrack(number: number): void {
    this.#tracks.get(number)?.close();
    this.#tracks.delete(number);
  }
}
