import type { Joined } from '@muon/contract/join.ts';
import type { Participant, RoomEvent, Track } from '@muon/contract/participant.ts';
import type { ConnectionQuality, RoomState } from '@muon/contract/signal-notice.ts';
import { Api } from './api.ts';
import { Connection } from './connection.ts';
import { toBase64, toReceived } from './data-channels.ts';
import { Emitter } from './emitter.ts';
import { MuonError } from './errors.ts';
import { LocalTrack, type PublishOptions } from './local-track.ts';
import { Moderation } from './moderation.ts';
import { retryDelayMs, worthRetrying } from './reconnect.ts';
import type { Requester } from './requester.ts';
import type { LocalParticipant, RemoteParticipant, RemoteTrack, RoomEvents, Speaker } from './room-events.ts';
import { difference, reduce, type Participants } from './room-state.ts';
import type { Notice } from './signaling.ts';
import { Subscriptions } from './subscriptions.ts';

/** A join token, or how to get a fresh one: asked at each join, so that a long call survives the token's end. */
export type TokenSource = string | (() => string | Promise<string>);

export type RoomConnectionState = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'disconnected';

export interface ConnectOptions {
  readonly apiUrl?: string;
  readonly password?: string;
  /** Whether all tracks are sent without being asked for; `room.subscriptions` asks otherwise. On unless told. */
  readonly autoSubscribe?: boolean;
}

export interface SendOptions {
  /** Only to these identities; to all others when absent. */
  readonly to?: readonly string[];
  /** May be lost or overtaken: for what is worth nothing when it is late. */
  readonly lossy?: boolean;
}

/** How many a message went to, and who of those that were named is not there. */
export interface Delivery {
  readonly recipients: number;
  readonly missing: readonly string[];
}

/**
 * A room that this client is in. Connections come and go; participants, own tracks and listeners stay. A broken
 * WebSocket is resumed while media goes on; a lost connection is joined again through `POST /v1/join`, and everything is
 * published anew.
 */
export class Room extends Emitter<RoomEvents> {
  #state: RoomConnectionState = 'idle';
  #token: TokenSource = '';
  #options: ConnectOptions = {};
  #joined: Joined | undefined;
  #connection: Connection | undefined;
  #local: LocalParticipant | undefined;
  #participants: Participants = new Map();
  #speakers: readonly Speaker[] = [];
  readonly #qualities = new Map<string, ConnectionQuality>();
  readonly #localTracks = new Set<LocalTrack>();
  #moving: { readonly room: string; readonly token: string } | undefined;
  #removal: string | undefined;

  /** Asks the node of the present connection. */
  readonly #request: Requester = async (method, params) => {
    if (!this.#connection) throw new MuonError('left', 'There is no connection now');
    return this.#connection.request(method, params);
  };

  /** Which tracks of others this client gets, and how. */
  readonly subscriptions = new Subscriptions(this.#request);

  /** What a moderator does to others. */
  readonly moderation = new Moderation(this.#request);

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

  /** The own name, attributes and permissions; absent before the first join. */
  get localParticipant(): LocalParticipant | undefined {
    return this.#local;
  }

  get localTracks(): LocalTrack[] {
    return [...this.#localTracks];
  }

  /** Who speaks, loudest first. */
  get speakers(): readonly string[] {
    return this.#speakers.map(({ identity }) => identity);
  }

  /** How well somebody is connected; absent until the node has told. */
  quality(identity: string): ConnectionQuality | undefined {
    return this.#qualities.get(identity);
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
    this.#options = options;
    this.#state = 'connecting';
    try {
      const joined = await this.#open();
      this.emit('connected', joined);
      this.emit('mediaChanged', {});
    } catch (error) {
      this.#end(error as MuonError);
      throw error;
    }
  }

  /**
   * Sends a track to the others. Resolves when the node has taken it; at a reconnect it is sent again by itself.
   *
   * @throws MuonError `forbidden` when this participant may not publish such a track.
   */
  async publish(media: MediaStreamTrack, options: PublishOptions): Promise<LocalTrack> {
    if (!this.#mayPublish(options)) throw new MuonError('forbidden', 'You may not publish this');
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

  /** Changes the own name, or own attributes that the token did not give; null takes an attribute away. */
  async updateSelf(changes: {
    readonly name?: string;
    readonly attributes?: Record<string, string | null>;
  }): Promise<void> {
    await this.#request('updateSelf', changes);
  }

  /**
   * Sends a message of up to 64 KB to the others. A lossy one resolves without knowing whom it reaches.
   *
   * @throws MuonError `message-too-large`, `too-many-messages`, `participant-not-found`, `forbidden`, `interrupted`, …
   */
  async send(
    topic: string,
    data: string | Uint8Array,
    { to, lossy = false }: SendOptions = {},
  ): Promise<Delivery | undefined> {
    const message = {
      topic,
      ...(typeof data === 'string'
        ? ({ data, encoding: 'text' } as const)
        : ({ data: toBase64(data), encoding: 'base64' } as const)),
      ...(to === undefined ? {} : { to: [...to] }),
    };
    if (!lossy) return (await this.#request('sendMessage', message)) as Delivery;
    await this.#connection?.sendLossy(message);
    return undefined;
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

  #mayPublish({ source }: PublishOptions): boolean {
    const permissions = this.#local?.permissions;
    return !permissions || (permissions.publish && permissions.sources.includes(source));
  }

  async #unpublish(track: LocalTrack): Promise<void> {
    if (!this.#localTracks.delete(track)) return;
    await this.#connection?.unpublish(track);
    this.emit('localTrackUnpublished', { track });
  }

  async #open(): Promise<Joined> {
    const key = typeof this.#token === 'string' ? this.#token : await this.#token();
    const { apiUrl, password, autoSubscribe = true } = this.#options;
    const api = new Api({ key, ...(apiUrl === undefined ? {} : { apiUrl }) });
    // Shows that this participant was in, should the room have been locked since.
    const earlier = this.#joined ? { earlierToken: this.#joined.accessToken } : {};
    const joined = await api.call('join', { body: { ...(password === undefined ? {} : { password }), ...earlier } });
    const connection = await Connection.open(
      joined,
      { tracks: this.#localTracks, autoSubscribe },
      {
        state: (state) => this.#resync(state),
        noticed: (notice) => this.#noticed(notice),
        message: (message) => this.emit('messageReceived', message),
        mediaChanged: () => this.emit('mediaChanged', {}),
        interrupted: () => this.emit('interrupted', {}),
        lost: (cause) => this.#lost(cause),
      },
    );
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
    // A track that went meanwhile is asked for in vain.
    const present = new Set(this.participants.flatMap(({ tracks }) => tracks.map(({ id }) => id)));
    await this.subscriptions.restore(present).catch(() => undefined);
    return joined;
  }

  #lost(cause: MuonError): void {
    // A connection that breaks while it is being made fails `open`, which has its own caller.
    if (this.#state !== 'connected') return;
    const moving = this.#moving;
    if (!moving) {
      const removed = cause.code === 'removed' && this.#removal !== undefined;
      void this.#reconnect(removed ? new MuonError('removed', cause.title, { detail: this.#removal }) : cause, cause);
      return;
    }
    this.#moving = undefined;
    this.#token = moving.token;
    // Both are the other room's affair now.
    this.#joined = undefined;
    const { password: _, ...options } = this.#options;
    this.#options = options;
    this.emit('moved', { room: moving.room });
    void this.#reconnect(cause, undefined);
  }

  /** `error` is what another attempt may meet again. */
  async #reconnect(cause: MuonError, error: unknown): Promise<void> {
    this.#state = 'reconnecting';
    this.#connection = undefined;
    if (error !== undefined && !worthRetrying(error)) return this.#end(cause);
    this.emit('reconnecting', { cause });
    const startedMs = performance.now();
    let failure = error;
    for (let attempt = 0; failure === undefined || worthRetrying(failure); attempt += 1) {
      const delayMs = retryDelayMs(attempt, performance.now() - startedMs, Math.random());
      if (delayMs === undefined) {
        failure = new MuonError('connection-lost', 'The connection was lost', { cause: failure });
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (this.#ended) return;
      try {
        this.emit('reconnected', await this.#open());
        this.emit('mediaChanged', {});
        return;
      } catch (thrown) {
        failure = thrown;
      }
    }
    if (!this.#ended) this.#end(failure as MuonError);
  }

  get #ended(): boolean {
    return this.#state === 'disconnected';
  }

  #end(error: MuonError | undefined): void {
    if (this.#ended) return;
    this.#state = 'disconnected';
    this.#connection?.close();
    this.#connection = undefined;
    this.#participants = new Map();
    this.emit('disconnected', { error });
  }

  #resync({ participant, permissions, participants }: RoomState): void {
    this.#setLocal({ ...participant, permissions });
    const present = new Map(participants.map((other) => [other.identity, other]));
    for (const event of difference(this.#participants, present)) this.#apply(event);
    if (this.#connection && this.#state === 'connected') this.emit('resumed', {});
  }

  #noticed(notice: Notice): void {
    switch (notice.method) {
      case 'event':
        return this.#apply(notice.params);
      case 'message':
        return this.emit('messageReceived', toReceived(notice.params));
      case 'speakers':
        this.#speakers = notice.params.speakers;
        return this.emit('speakersChanged', { identities: this.speakers, speakers: this.#speakers });
      case 'quality':
        return notice.params.participants.forEach(({ identity, quality }) => {
          this.#qualities.set(identity, quality);
          this.emit('qualityChanged', { identity, quality });
        });
      case 'subscription':
        this.subscriptions.changed(notice.params);
        return this.emit('subscriptionChanged', notice.params);
      case 'permissionsChanged':
        return this.#setLocal(this.#local && { ...this.#local, permissions: notice.params.permissions });
      case 'muted': {
        const track = this.#connection?.localTrack(notice.params.trackId);
        if (!track) return;
        track.mutedByModerator = notice.params.muted;
        return this.emit('localTrackChanged', { track });
      }
      case 'moved':
        this.#moving = notice.params;
        return;
      case 'removed':
        this.#removal = notice.params.reason;
        return;
      case 'room':
      case 'published':
        return;
      default:
        // A newer node may tell of more.
        notice satisfies never;
    }
  }

  #setLocal(local: LocalParticipant | undefined): void {
    const before = JSON.stringify(this.#local);
    this.#local = local;
    if (local && JSON.stringify(local) !== before) this.emit('localParticipantChanged', { participant: local });
  }

  #apply(event: RoomEvent): void {
    if (event.type === 'participantChanged' && event.identity === this.#local?.identity) {
      const { name, attributes } = event;
      return this.#setLocal({ ...this.#local, name, attributes });
    }
    this.#participants = reduce(this.#participants, event);
    switch (event.type) {
      case 'participantJoined':
        return this.emit(event.type, { participant: this.#withMedia(event.participant) });
      case 'participantChanged': {
        const participant = this.#participants.get(event.identity);
        return participant && this.emit(event.type, { participant: this.#withMedia(participant) });
      }
      case 'trackPublished':
      case 'trackChanged':
        return this.emit(event.type, { identity: event.identity, track: this.#trackWithMedia(event.track) });
      case 'participantLeft':
        this.#qualities.delete(event.identity);
        return this.emit(event.type, { identity: event.identity });
      case 'trackUnpublished':
        return this.emit(event.type, { identity: event.identity, trackId: event.trackId });
      default:
        // A newer node may tell of more.
        return undefined;
    }
  }

  #withMedia(participant: Participant): RemoteParticipant {
    return { ...participant, tracks: participant.tracks.map((track) => this.#trackWithMedia(track)) };
  }

  #trackWithMedia(track: Track): RemoteTrack {
    return { ...track, media: this.#connection?.media(track.msid) };
  }
}
