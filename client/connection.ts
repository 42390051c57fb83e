import type { Joined } from '@muon/contract/join.ts';
import type { API_CHANNEL_LABEL } from '@muon/contract/signal.ts';
import type { RoomState } from '@muon/contract/signal-notice.ts';
import { MuonError } from './errors.ts';
import { IceWatch } from './ice-watch.ts';
import type { LocalTrack } from './local-track.ts';
import { LossyChannel, readDataChannels, type ReceivedMessage } from './data-channels.ts';
import { PathWatch } from './path-watch.ts';
import { receivedBytes } from './received-bytes.ts';
import { Publisher } from './publisher.ts';
import type { Requester } from './requester.ts';
import { Signaling, toMuonError, type Notice, type Params } from './signaling.ts';
import { Subscriber } from './subscriber.ts';

/** How long joining may take, from the open WebSocket to the list of participants. */
const JOIN_TIMEOUT_MS = 10_000;

/** A node that sends anything is heard of within this. */
const MEDIA_SILENCE_MS = 1500;

const API_LABEL: typeof API_CHANNEL_LABEL = 'ion-sfu';

const PUBLISHER = 0;

/** What the owner of a connection hears. */
export interface ConnectionListener {
  /** All that there is to know: before all notices, and again after an interruption. */
  state(state: RoomState): void;
  noticed(notice: Notice): void;
  /** A message that came over a data channel. */
  message(message: ReceivedMessage): void;
  /** The tracks that {@link Connection.media} gives have changed. */
  mediaChanged(): void;
  /** The WebSocket broke, while the media goes on; {@link state} follows when it is back. */
  interrupted(): void;
  /** The connection is of no more use; once, and not after `close`. */
  lost(error: MuonError): void;
}

export interface ConnectionOptions {
  readonly tracks: Iterable<LocalTrack>;
  /** Whether the node sends every track without being asked. */
  readonly autoSubscribe: boolean;
}

/** One life of a connection to a node: signalling and two peer connections. When it breaks, a new one is made. */
export class Connection {
  readonly #signaling: Signaling;
  readonly #publisher: Publisher;
  readonly #subscriber: Subscriber;
  readonly #listener: ConnectionListener;
  readonly #watches: readonly IceWatch[];
  readonly #lossy: LossyChannel;
  /** Ids by which the room knows own tracks, by the id that this client gave them. */
  readonly #trackIds = new Map<string, string>();
  readonly #tracks: Set<LocalTrack>;
  readonly #joined = Promise.withResolvers<undefined>();
  /** Rejected at the end. */
  readonly #ended = Promise.withResolvers<never>();
  readonly #pathWatch: PathWatch;
  readonly #networkChanged = (): void => this.#findNewPaths();
  #negotiation: Promise<unknown> = Promise.resolve();
  #offers: Promise<unknown> = Promise.resolve();
  /** The node was asked for a new path to the subscriber, and has not answered yet. */
  #awaitsOffer = false;
  #closed = false;

  /** @throws MuonError when the node cannot be reached or refuses. */
  static async open(joined: Joined, options: ConnectionOptions, listener: ConnectionListener): Promise<Connection> {
    // Whatever the node says comes later than the connection that hears it.
    let connection: Connection | undefined;
    const signaling = await Signaling.open(joined, {
      noticed: (notice) => connection && connection.#noticed(notice),
      negotiated: (method, params) => connection && connection.#negotiated(method, params),
      interrupted: () => listener.interrupted(),
      resumed: (state) => connection && connection.#resume(state),
      mediaFlows: () => connection!.#mediaFlows(),
      lost: (error) => connection && connection.#lose(error),
    });
    connection = new Connection(signaling, joined, options, listener);
    try {
      await connection.#whileOpen(connection.#join(joined.room.id, options.autoSubscribe));
      return connection;
    } catch (error) {
      connection.close();
      throw toMuonError(error);
    }
  }

  private constructor(
    signaling: Signaling,
    { iceServers }: Joined,
    { tracks }: ConnectionOptions,
    listener: ConnectionListener,
  ) {
    this.#signaling = signaling;
    this.#listener = listener;
    this.#tracks = new Set(tracks);
    this.#publisher = new Publisher(this.#peerConnection(iceServers as RTCIceServer[], 0));
    this.#subscriber = new Subscriber(this.#peerConnection(iceServers as RTCIceServer[], 1));
    this.#lossy = new LossyChannel(this.#publisher.pc);
    this.#watches = [
      this.#watch(this.#publisher.pc, () => this.#restartPublisher()),
      this.#watch(this.#subscriber.pc, () => this.#restartSubscriber()),
    ];
    this.#pathWatch = new PathWatch(this.#publisher.pc, this.#subscriber.pc, this.#networkChanged);
    readDataChannels(this.#subscriber.pc, API_LABEL, (message) => this.#listener.message(message));
    for (const track of this.#tracks) this.#publisher.add(track);
    globalThis.addEventListener?.('online', this.#networkChanged);
    networkInformation()?.addEventListener('change', this.#networkChanged);
    // Whoever joins hears of it; where nobody does any more, nobody needs to.
    this.#joined.promise.catch(() => undefined);
    this.#ended.promise.catch(() => undefined);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether a track is, or is being, published here. */
  carries(track: LocalTrack): boolean {
    return this.#tracks.has(track);
  }

  /** The track that the node sends under an msid. */
  media(msid: string): MediaStreamTrack | undefined {
    return this.#subscriber.media(msid);
  }

  /** The own track that the room knows by an id. */
  localTrack(trackId: string): LocalTrack | undefined {
    return [...this.#tracks].find(
      (track) => this.#trackIds.get(this.#publisher.clientTrackId(track) ?? '') === trackId,
    );
  }

  async publish(track: LocalTrack): Promise<void> {
    this.#tracks.add(track);
    this.#publisher.add(track);
    await this.#negotiate();
  }

  async unpublish(track: LocalTrack): Promise<void> {
    this.#tracks.delete(track);
    this.#publisher.remove(track);
    await this.#negotiate();
  }

  async replaceMedia(track: LocalTrack): Promise<void> {
    await this.#whileOpen(this.#publisher.replaceMedia(track)).catch((error: unknown) => {
      // The next connection is made with the new one.
      if (!this.#closed) throw toMuonError(error);
    });
  }

  /** Tells the others whether a track is muted; one that the room does not know yet is told when it does. */
  tellMuted(track: LocalTrack): void {
    const trackId = this.#trackIds.get(this.#publisher.clientTrackId(track) ?? '');
    if (trackId) this.#signaling.notify('mute', { trackId, muted: track.muted });
  }

  /** @throws MuonError with the code of the refusal, or `interrupted`. */
  readonly request: Requester = async (method, params) => {
    try {
      return await this.#signaling.request(method, params);
    } catch (error) {
      throw toMuonError(error);
    }
  };

  /** Sends a message that may be lost: over its data channel once that is open, until then by the WebSocket. */
  async sendLossy(message: Params<'sendMessage'>): Promise<void> {
    if (this.#lossy.send(message)) return;
    const opening = this.#lossy.open();
    await this.request('sendMessage', { ...message, lossy: true });
    if (opening) await this.#negotiate();
  }

  leave(): void {
    this.#signaling.notify('leave', {});
    this.close();
  }

  close(): void {
    this.#end(new MuonError('left', 'The connection was closed'));
  }

  #end(error: MuonError): void {
    this.#closed = true;
    this.#signaling.close();
    for (const watch of this.#watches) watch.close();
    this.#pathWatch.close();
    globalThis.removeEventListener?.('online', this.#networkChanged);
    networkInformation()?.removeEventListener('change', this.#networkChanged);
    this.#publisher.pc.close();
    this.#subscriber.pc.close();
    this.#joined.reject(error);
    this.#ended.reject(error);
  }

  /** Peer connections that are closed leave open what they were asked before (WebRTC 4.4.1.2). */
  #whileOpen<Result>(work: Promise<Result>): Promise<Result> {
    return Promise.race([work, this.#ended.promise]);
  }

  async #join(sid: string, autoSubscribe: boolean): Promise<void> {
    const timer = setTimeout(
      () => this.#lose(new MuonError('unreachable', 'The media node did not answer')),
      JOIN_TIMEOUT_MS,
    );
    try {
      const offer = this.#publisher.empty ? undefined : await this.#publisher.offer();
      const params: Params<'join'> = {
        sid,
        ...(offer ? { offer: offer.desc, tracks: offer.tracks } : {}),
        ...(autoSubscribe ? {} : { config: { NoAutoSubscribe: true } }),
      };
      const [answer] = await Promise.all([this.#signaling.request('join', params), this.#joined.promise]);
      if (offer) await this.#publisher.accept(answer as RTCSessionDescriptionInit);
    } finally {
      clearTimeout(timer);
    }
  }

  /** One offer at a time; each carries all that has changed until it is made. */
  #negotiate(): Promise<void> {
    const negotiation = this.#whileOpen(this.#negotiation.then(() => this.#offer()));
    this.#negotiation = negotiation.catch(() => undefined);
    return negotiation.catch((error: unknown) => {
      // What a lost connection leaves undone, the next one does when it joins.
      if (!this.#closed) throw toMuonError(error);
    });
  }

  async #offer(): Promise<void> {
    while (!this.#closed) {
      const offer: Params<'offer'> = await this.#publisher.offer();
      try {
        return await this.#publisher.accept(
          (await this.#signaling.request('offer', offer)) as RTCSessionDescriptionInit,
        );
      } catch (error) {
        // The answer is lost, and the next one as good.
        if (!(error instanceof MuonError && error.code === 'interrupted')) throw error;
      }
    }
  }

  #noticed(notice: Notice): void {
    if (notice.method === 'room') return this.#enter(notice.params);
    if (notice.method === 'published') this.#published(notice.params);
    this.#listener.noticed(notice);
  }

  #negotiated(method: 'offer' | 'trickle', params: unknown): void {
    if (method === 'offer') this.#answer(params as RTCSessionDescriptionInit);
    else this.#addCandidate(params as Params<'trickle'>);
  }

  #answer(offer: RTCSessionDescriptionInit): void {
    this.#awaitsOffer = false;
    this.#offers = this.#offers.then(async () => {
      try {
        const desc = (await this.#subscriber.answer(offer)) as Params<'answer'>['desc'];
        this.#signaling.notify('answer', { desc });
        this.#listener.mediaChanged();
      } catch (cause) {
        this.#lose(new MuonError('unreachable', 'The media could not be negotiated', { cause }));
      }
    });
  }

  #addCandidate({ target, candidate }: Params<'trickle'>): void {
    const { pc } = target === PUBLISHER ? this.#publisher : this.#subscriber;
    // One that does not fit is one path less; the node's own are in its descriptions.
    pc.addIceCandidate(candidate as RTCIceCandidateInit).catch(() => undefined);
  }

  #enter(state: RoomState): void {
    for (const publication of state.published) this.#published(publication);
    this.#listener.state(state);
    this.#joined.resolve(undefined);
  }

  #published({ trackId, clientTrackId }: RoomState['published'][number]): void {
    this.#trackIds.set(clientTrackId, trackId);
    for (const track of this.#tracks) {
      if (track.muted && this.#publisher.clientTrackId(track) === clientTrackId) this.tellMuted(track);
    }
  }

  #peerConnection(iceServers: RTCIceServer[], target: 0 | 1): RTCPeerConnection {
    const pc = new RTCPeerConnection({ iceServers, bundlePolicy: 'max-bundle' });
    pc.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate?.candidate) this.#signaling.notify('trickle', { target, candidate: candidate.toJSON() as never });
    });
    return pc;
  }

  #watch(pc: RTCPeerConnection, restart: () => void): IceWatch {
    return new IceWatch(pc, restart, () => this.#lose(new MuonError('unreachable', 'The media path was lost')));
  }

  #restartPublisher(): void {
    if (this.#publisher.empty && !this.#lossy.opened) return;
    this.#publisher.pc.restartIce();
    this.#negotiate().catch(() => undefined);
  }

  #restartSubscriber(): void {
    this.#awaitsOffer = true;
    this.#signaling.notify('restartIce', {});
  }

  /** Signalling is back. What broke it may have taken the media path with it, and what was asked for then. */
  #resume(state: RoomState): void {
    this.#enter(state);
    if (this.#awaitsOffer) this.#restartSubscriber();
  }

  #findNewPaths(): void {
    void this.#signaling.check();
    for (const watch of this.#watches) watch.networkChanged();
  }

  /** Whether anything comes from the node over the media path. */
  async #mediaFlows(): Promise<boolean> {
    const pcs = [this.#publisher.pc, this.#subscriber.pc];
    const before = await receivedBytes(pcs);
    await new Promise((resolve) => setTimeout(resolve, MEDIA_SILENCE_MS));
    return (await receivedBytes(pcs)) > before;
  }

  #lose(error: MuonError): void {
    if (this.#closed) return;
    this.#end(error);
    this.#listener.lost(error);
  }
}

/** Chromium's way to tell that Wi-Fi became cellular; others have `online` alone. */
function networkInformation(): EventTarget | undefined {
  return (globalThis.navigator as { readonly connection?: EventTarget } | undefined)?.connection;
}
