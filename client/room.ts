import type { Joined } from '@muon/contract/join.ts';
import type { ConnectionQuality, RoomState } from '@muon/contract/signal-notice.ts';
import { Api } from './api.ts';
import { Connection } from './connection.ts';
import { toBase64, toReceived } from './data-channels.ts';
import { Emitter, type Emit } from './emitter.ts';
import { MuonError } from './errors.ts';
import type { LocalTrack, PublishOptions } from './local-track.ts';
import { LocalTracks } from './local-tracks.ts';
import { Moderation } from './moderation.ts';
import { retry, worthRetrying } from './reconnect.ts';
import type { Requester } from './requester.ts';
import type { LocalParticipant, RemoteParticipant, RoomEvents } from './room-events.ts';
import { RoomView } from './room-view.ts';
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
  /** With which no connection came about, or the last one broke: told when joining again, and looked at there. */
  #failedNode: string | undefined;
  #connection: Connection | undefined;
  #moving: { readonly room: string; readonly token: string } | undefined;
  #removal: string | undefined;

  readonly #emit: Emit<RoomEvents> = (name, payload) => this.emit(name, payload);
  readonly #view = new RoomView({ emit: this.#emit, media: (msid) => this.#connection?.media(msid) });
  readonly #localTracks = new LocalTracks({
    emit: this.#emit,
    connection: () => this.#connection,
    permissions: () => this.#view.local?.permissions,
  });

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
    return this.#view.participants;
  }

  /** The own name, attributes and permissions; absent before the first join. */
  get localParticipant(): LocalParticipant | undefined {
    return this.#view.local;
  }

  get localTracks(): LocalTrack[] {
    return [...this.#localTracks];
  }

  /** Who speaks, loudest first. */
  get speakers(): readonly string[] {
    return this.#view.speakers;
  }

  /** How well somebody is connected; absent until the node has told. */
  quality(identity: string): ConnectionQuality | undefined {
    return this.#view.quality(identity);
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
    return this.#localTracks.publish(media, options);
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

  async #open(): Promise<Joined> {
    const key = typeof this.#token === 'string' ? this.#token : await this.#token();
    const { apiUrl, password, autoSubscribe = true } = this.#options;
    const api = new Api({ key, ...(apiUrl === undefined ? {} : { apiUrl }) });
    // Shows that this participant was in, should the room have been locked since.
    const earlier = this.#joined ? { earlierToken: this.#joined.accessToken } : {};
    const failedNode = this.#failedNode === undefined ? {} : { failedNode: this.#failedNode };
    const body = { ...(password === undefined ? {} : { password }), ...earlier, ...failedNode };
    const joined = await api.call('join', { body });
    this.#failedNode = joined.node.id;
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
    this.#failedNode = undefined;
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
    this.#failedNode = this.#joined?.node.id;
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
    const joined = await retry(() => this.#open(), { failure: error, ended: () => this.#ended }).catch(
      (failure: unknown) => this.#end(failure as MuonError),
    );
    if (!joined) return;
    this.emit('reconnected', joined);
    this.emit('mediaChanged', {});
  }

  get #ended(): boolean {
    return this.#state === 'disconnected';
  }

  #end(error: MuonError | undefined): void {
    if (this.#ended) return;
    this.#state = 'disconnected';
    this.#connection?.close();
    this.#connection = undefined;
    this.#view.clear();
    this.emit('disconnected', { error });
  }

  #resync(state: RoomState): void {
    this.#view.resync(state);
    if (this.#connection && this.#state === 'connected') this.emit('resumed', {});
  }

  #noticed(notice: Notice): void {
    switch (notice.method) {
      case 'event':
        return this.#view.apply(notice.params);
      case 'message':
        return this.emit('messageReceived', toReceived(notice.params));
      case 'speakers':
        return this.#view.setSpeakers(notice.params.speakers);
      case 'quality':
        for (const { identity, quality } of notice.params.participants) this.#view.setQuality(identity, quality);
        return;
      case 'subscription':
        this.subscriptions.changed(notice.params);
        return this.emit('subscriptionChanged', notice.params);
      case 'permissionsChanged':
        return this.#view.setPermissions(notice.params.permissions);
      case 'muted':
        return this.#localTracks.setMutedByModerator(notice.params.trackId, notice.params.muted);
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
}
