import type { Participant, RoomEvent, Track } from '@muon/contract/participant.ts';
import type { Permissions } from '@muon/contract/permissions.ts';
import type { ConnectionQuality, RoomState } from '@muon/contract/signal-notice.ts';
import type { Emit } from './emitter.ts';
import type { LocalParticipant, RemoteParticipant, RemoteTrack, RoomEvents, Speaker } from './room-events.ts';
import { difference, reduce, type Participants } from './room-state.ts';

interface RoomViewOptions {
  readonly emit: Emit<RoomEvents>;
  /** The media of a remote track, by its msid, once it has arrived. */
  readonly media: (msid: string) => MediaStreamTrack | undefined;
}

/** Who is in the room, as far as the node has told; tells what changes. It outlives connections. */
export class RoomView {
  readonly #options: RoomViewOptions;
  #local: LocalParticipant | undefined;
  #participants: Participants = new Map();
  #speakers: readonly Speaker[] = [];
  readonly #qualities = new Map<string, ConnectionQuality>();

  constructor(options: RoomViewOptions) {
    this.#options = options;
  }

  /** The own participant; absent before the first join. */
  get local(): LocalParticipant | undefined {
    return this.#local;
  }

  /** The others, in the order in which they came. */
  get participants(): RemoteParticipant[] {
    return [...this.#participants.values()].map((participant) => this.#withMedia(participant));
  }

  /** Who speaks, loudest first. */
  get speakers(): readonly string[] {
    return this.#speakers.map(({ identity }) => identity);
  }

  quality(identity: string): ConnectionQuality | undefined {
    return this.#qualities.get(identity);
  }

  /** The whole state came: what is other than before is told as if it had happened now. */
  resync({ participant, permissions, participants }: RoomState): void {
    this.#setLocal({ ...participant, permissions });
    const present = new Map(participants.map((other) => [other.identity, other]));
    for (const event of difference(this.#participants, present)) this.apply(event);
  }

  setPermissions(permissions: Permissions): void {
    if (this.#local) this.#setLocal({ ...this.#local, permissions });
  }

  setSpeakers(speakers: readonly Speaker[]): void {
    this.#speakers = speakers;
    this.#options.emit('speakersChanged', { identities: this.speakers, speakers });
  }

  setQuality(identity: string, quality: ConnectionQuality): void {
    this.#qualities.set(identity, quality);
    this.#options.emit('qualityChanged', { identity, quality });
  }

  apply(event: RoomEvent): void {
    if (event.type === 'participantChanged' && event.identity === this.#local?.identity) {
      const { name, attributes } = event;
      return this.#setLocal({ ...this.#local, name, attributes });
    }
    this.#participants = reduce(this.#participants, event);
    const { emit } = this.#options;
    switch (event.type) {
      case 'participantJoined':
        return emit(event.type, { participant: this.#withMedia(event.participant) });
      case 'participantChanged': {
        const participant = this.#participants.get(event.identity);
        return participant && emit(event.type, { participant: this.#withMedia(participant) });
      }
      case 'trackPublished':
      case 'trackChanged':
        return emit(event.type, { identity: event.identity, track: this.#trackWithMedia(event.track) });
      case 'participantLeft':
        this.#qualities.delete(event.identity);
        return emit(event.type, { identity: event.identity });
      case 'trackUnpublished':
        return emit(event.type, { identity: event.identity, trackId: event.trackId });
      default:
        // A newer node may tell of more.
        return undefined;
    }
  }

  /** Nobody is here any more, as far as this client is concerned. */
  clear(): void {
    this.#participants = new Map();
  }

  #setLocal(local: LocalParticipant): void {
    const before = JSON.stringify(this.#local);
    this.#local = local;
    if (JSON.stringify(local) !== before) this.#options.emit('localParticipantChanged', { participant: local });
  }

  #withMedia(participant: Participant): RemoteParticipant {
    return { ...participant, tracks: participant.tracks.map((track) => this.#trackWithMedia(track)) };
  }

  #trackWithMedia(track: Track): RemoteTrack {
    return { ...track, media: this.#options.media(track.msid) };
  }
}
