import type { Joined } from '@muon/contract/join.ts';
import type { Participant, RoomEvent, Track } from '@muon/contract/participant.ts';
import { Api } from './api.ts';
import { Speakers } from './audio-levels.ts';
import { Connection } from './connection.ts';
import { Emitter } from './emitter.ts';
import { MuonError } from './errors.ts';
import { LocalTrack, type PublishOptions } from './local-track.ts';
import { retryDelayMs, worthRetrying } from './reconnect.ts';
import { difference, reduce, type Participants } from './room-state.ts';

/** A rhythm in which a speaking ring looks prompt and costs nothing. */
const SPEAKERS_INTERVAL_MS = 250;

/** A join token, or how to get a fresh one: asked at each join, so that a long call survives the token's end. */
export type TokenSource = string | (() => string | Promise<string>);

export type RoomConnectionState = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'disconnected';

/** A track of another participant. */
export interface RemoteTrack extends Track {
  /** To be put into a media element; absent until it arrives. */
  readonly media: MediaStreamTrack | undefined;
}

/** Another participant, as of now. */
export interface RemoteParticipant extends Omit<Participant, 'tracks'> {
  readonly tracks: readonly RemoteTrack[];
}

export interface RoomEvents {
  /** In the room for the first time. */
  connected: Pick<Joined, 'room' | 'participant' | 'node'>;
  /** The connection was lost; the room joins again by itself. */
  reconnecting: { readonly cause: MuonError };
  /** Back, on the same or another node; what changed meanwhile came as events. */
  reconnected: Pick<Joined, 'room' | 'participant' | 'node'>;
  /** Out of the room for good; `error` is absent after {@link Room.leave}. */
  disconnected: { readonly error: MuonError | undefined };
  participantJoined: { readonly participant: RemoteParticipant };
  participantLeft: { readonly identity: string };
  trackPublished: { readonly identity: string; readonly track: RemoteTrack };
  /** Muted, unmuted, or sent otherwise. */
  trackChanged: { readonly identity: string; readonly track: RemoteTrack };
  trackUnpublished: { readonly identity: string; readonly trackId: string };
  /** Media of remote tracks has come or gone. */
  mediaChanged: object;
  localTrackPublished: { readonly track: LocalTrack };
  localTrackChanged: { readonly track: LocalTrack };
  localTrackUnpublished: { readonly track: LocalTrack };
  /** Who speaks, loudest first, the own identity included; only when it has changed. */
  speakersChanged: { readonly identities: readonly string[] };
}

export interface ConnectOptions {
  readonly apiUrl?: string;
  readonly password?: string;
}

/**
 * A room that this client is in. Connections come and go; participants, own tracks and listeners stay: a lost
 * connection is joined again through `POST /v1/join`, and everything is published anew.
 */
export class Room extends Emitter<RoomEvents> {
  #state: RoomConnectionState = 'idle';
  #token: TokenSource = '';
  #apiUrl: string | undefined;
  #password: string | undefined;
  #joined: Joined | undefined;
  #connection: Connection | undefined;
  #participants: Participants = new Map();
  readonly #localTracks = new Set<LocalTrack>();
  readonly #voices = new Speakers();
  #speakers: readonly string[] = [];
  #listening: ReturnType<typeof setInterval> | undefined;

  get state(): RoomConnectionState {
    return this.#state;
  }

  /** What the API said at the last join; the room's SIP address among it. */
  get joined(): Joined | undefined {
    return this.#joined;
  }

  /** The others, in the order in which they came. */
  get participants(): RemoteParticipant[] {
    return [...this.#participants.values()].map((participant) => this.#withMedia(participant));
  }

  get localTracks(): LocalTrack[] {
    return [...this.#localTracks];
  }

  /** Who speaks, loudest first. */
  get speakers(): readonly string[] {
    return this.#speakers;
  }

  /**
   * Joins with a token that a back end minted. `apiUrl` is the page's own origin when absent; `password` is the room's.
   *
   * @throws MuonError `token-expired`, `password-required`, `room-locked`, `room-full`, `no-node-available`,
   * `unreachable`, …; it is not tried again.
   */
  async connect(token: TokenSource, options: ConnectOptions = {}): Promise<void> {
    if (this.#state !== 'idle') throw new TypeError('A Room connects once: make a new one to join again.');
    this.#token = token;
    this.#apiUrl = options.apiUrl;
    this.#password = options.password;
    this.#state = 'connecting';
    try {
      const joined = await this.#open();
      this.#listening = setInterval(() => void this.#listen(), SPEAKERS_INTERVAL_MS);
      this.emit('connected', joined);
      this.emit('mediaChanged', {});
    } catch (error) {
      this.#end(error as MuonError);
      throw error;
    }
  }

  /** Sends a track to the others. Resolves when the node has taken it; at a reconnect it is sent again by itself. */
  async publish(media: MediaStreamTrack, options: PublishOptions): Promise<LocalTrack> {
    const track = new LocalTrack(media, this.#trackOwner, options);
    this.#localTracks.add(track);
    // A screen share that was ended in the browser's own bar.
    media.addEventListener('ended', () => {
      if (track.media === media) void this.#unpublish(track);
    });
    try {
      await this.#connection?.publish(track);
    } catch (error) {
      this.#localTracks.delete(track);
      throw error;
    }
    this.emit('localTrackPublished', { track });
    return track;
  }

  /** Leaves at once; the media of local tracks is left to its owner. */
  leave(): void {
    this.#connection?.leave();
    this.#end(undefined);
  }

  readonly #trackOwner = {
    mutedChanged: (track: LocalTrack): void => {
      this.#connection?.tellMuted(track);
      this.emit('localTrackChanged', { track });
    },
    mediaReplaced: async (track: LocalTrack): Promise<void> => {
      await this.#connection?.replaceMedia(track);
      this.emit('localTrackChanged', { track });
    },
    unpublish: (track: LocalTrack): Promise<void> => this.#unpublish(track),
  };

  async #unpublish(track: LocalTrack): Promise<void> {
    if (!this.#localTracks.delete(track)) return;
    await this.#connection?.unpublish(track);
    this.emit('localTrackUnpublished', { track });
  }

  async #open(): Promise<Joined> {
    const key = typeof this.#token === 'string' ? this.#token : await this.#token();
    const api = new Api({ key, ...(this.#apiUrl === undefined ? {} : { apiUrl: this.#apiUrl }) });
    const password = this.#password === undefined ? {} : { password: this.#password };
    // Shows that this participant was in, should the room have been locked since.
    const earlier = this.#joined ? { earlierToken: this.#joined.accessToken } : {};
    const joined = await api.call('join', { body: { ...password, ...earlier } });
    const connection = await Connection.open(joined, this.#localTracks, {
      snapshot: (participants) => this.#resync(participants),
      event: (event) => this.#apply(event),
      mediaChanged: () => this.emit('mediaChanged', {}),
      lost: (cause) => void this.#reconnect(cause),
    });
    if (this.#state === 'disconnected') {
      connection.leave();
      throw new MuonError('left', 'The room was left while joining');
    }
    // Published while the connection was being made.
    const missed = [...this.#localTracks].filter((track) => !connection.carries(track));
    await Promise.all(missed.map((track) => connection.publish(track)));
    if (connection.closed) throw new MuonError('unreachable', 'The connection was lost at once');
    this.#joined = joined;
    this.#connection = connection;
    this.#state = 'connected';
    return joined;
  }

  async #reconnect(cause: MuonError): Promise<void> {
    // A connection that breaks while it is being made fails `open`, which has its own caller.
    if (this.#state !== 'connected') return;
    this.#state = 'reconnecting';
    this.#connection = undefined;
    this.emit('reconnecting', { cause });
    let error: unknown = cause;
    const startedMs = performance.now();
    for (let attempt = 0; worthRetrying(error); attempt += 1) {
      const delayMs = retryDelayMs(attempt, performance.now() - startedMs, Math.random());
      if (delayMs === undefined) {
        error = new MuonError('connection-lost', 'The connection was lost', { cause: error });
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (this.#ended) return;
      try {
        this.emit('reconnected', await this.#open());
        this.emit('mediaChanged', {});
        return;
      } catch (failure) {
        error = failure;
      }
    }
    if (!this.#ended) this.#end(error as MuonError);
  }

  get #ended(): boolean {
    return this.#state === 'disconnected';
  }

  #end(error: MuonError | undefined): void {
    if (this.#ended) return;
    this.#state = 'disconnected';
    clearInterval(this.#listening);
    this.#connection?.close();
    this.#connection = undefined;
    this.#participants = new Map();
    this.emit('disconnected', { error });
  }

  #resync(participants: readonly Participant[]): void {
    const present = new Map(participants.map((participant) => [participant.identity, participant]));
    for (const event of difference(this.#participants, present)) this.#apply(event);
  }

  #apply(event: RoomEvent): void {
    this.#participants = reduce(this.#participants, event);
    switch (event.type) {
      case 'participantJoined':
        return this.emit(event.type, { participant: this.#withMedia(event.participant) });
      case 'trackPublished':
      case 'trackChanged':
        return this.emit(event.type, { identity: event.identity, track: this.#trackWithMedia(event.track) });
      case 'participantLeft':
        return this.emit(event.type, { identity: event.identity });
      case 'trackUnpublished':
        return this.emit(event.type, { identity: event.identity, trackId: event.trackId });
      default:
        // A newer node may tell of more.
        return undefined;
    }
  }

  async #listen(): Promise<void> {
    const levels = (await this.#connection?.audioLevels()) ?? new Map<string, number>();
    const loudness = new Map<string, number>();
    const hear = (identity: string, media: MediaStreamTrack | undefined): void => {
      const level = media && levels.get(media.id);
      if (level !== undefined) loudness.set(identity, Math.max(level, loudness.get(identity) ?? 0));
    };
    for (const { identity, tracks } of this.participants) tracks.forEach(({ media }) => hear(identity, media));
    for (const { media } of this.#localTracks) hear(this.#joined?.participant.identity ?? '', media);
    const speakers = this.#voices.update(loudness, performance.now());
    if (speakers.join('\n') === this.#speakers.join('\n')) return;
    this.#speakers = speakers;
    this.emit('speakersChanged', { identities: speakers });
  }

  #withMedia(participant: Participant): RemoteParticipant {
    return { ...participant, tracks: participant.tracks.map((track) => this.#trackWithMedia(track)) };
  }

  #trackWithMedia(track: Track): RemoteTrack {
    return { ...track, media: this.#connection?.media(track.msid) };
  }
}
