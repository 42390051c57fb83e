import type { Joined } from '@muon/contract/join.ts';
import type { Participant, RoomEvent } from '@muon/contract/participant.ts';
import type { signalParams } from '@muon/contract/signal.ts';
import type { signalNotices } from '@muon/contract/signal-notice.ts';
import { audioLevels } from './audio-levels.ts';
import { MuonError, type MuonErrorCode } from './errors.ts';
import { JsonRpcError, JsonRpcPeer } from './json-rpc.ts';
import type { LocalTrack } from './local-track.ts';
import { Publisher } from './publisher.ts';
import { codeOfStatus, openSignalSocket, toCloseError } from './signal-socket.ts';
import { Subscriber } from './subscriber.ts';

type Params<Method extends keyof typeof signalParams> = (typeof signalParams)[Method]['_zod']['input'];
type Notice<Name extends keyof typeof signalNotices> = (typeof signalNotices)[Name]['_zod']['output'];

/** How long joining may take, from the open WebSocket to the list of participants. */
const JOIN_TIMEOUT_MS = 10_000;

/** Wi-Fi hiccups recover by themselves; a media path that is silent for longer does not. */
const MEDIA_GRACE_MS = 4000;

const PUBLISHER = 0;
const SUBSCRIBER = 1;

/** What the owner of a connection hears. */
export interface ConnectionListener {
  /** Who is in the room; once, before all events. */
  snapshot(participants: readonly Participant[]): void;
  event(event: RoomEvent): void;
  /** The tracks that {@link Connection.media} gives have changed. */
  mediaChanged(): void;
  /** The connection is of no more use; once, and not after `close`. */
  lost(error: MuonError): void;
}

/** One life of a connection to a node: a WebSocket and two peer connections. When it breaks, a new one is made. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #rpc: JsonRpcPeer;
  readonly #publisher: Publisher;
  readonly #subscriber: Subscriber;
  readonly #listener: ConnectionListener;
  /** Ids by which the room knows own tracks, by the id that this client gave them. */
  readonly #trackIds = new Map<string, string>();
  readonly #tracks: Set<LocalTrack>;
  readonly #joined = Promise.withResolvers<undefined>();
  #negotiation: Promise<unknown> = Promise.resolve();
  #offers: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** @throws MuonError when the node cannot be reached or refuses. */
  static async open(joined: Joined, tracks: Iterable<LocalTrack>, listener: ConnectionListener): Promise<Connection> {
    const connection = new Connection(await openSignalSocket(joined), joined, tracks, listener);
    try {
      await connection.#join(joined.room.id);
      return connection;
    } catch (error) {
      connection.close();
      throw toMuonError(error);
    }
  }

  private constructor(
    socket: WebSocket,
    { iceServers }: Joined,
    tracks: Iterable<LocalTrack>,
    listener: ConnectionListener,
  ) {
    this.#socket = socket;
    this.#listener = listener;
    this.#tracks = new Set(tracks);
    this.#rpc = new JsonRpcPeer(
      (text) => socket.send(text),
      (method, params) => this.#noticed(method, params),
    );
    this.#publisher = new Publisher(this.#peerConnection(iceServers as RTCIceServer[], PUBLISHER));
    this.#subscriber = new Subscriber(this.#peerConnection(iceServers as RTCIceServer[], SUBSCRIBER));
    socket.addEventListener('message', ({ data }) => this.#rpc.receive(String(data)));
    socket.addEventListener('close', ({ code, reason }) => this.#lose(toCloseError(code, reason)));
    for (const track of this.#tracks) this.#publisher.add(track);
    // Whoever joins hears of it; where nobody does any more, nobody needs to.
    this.#joined.promise.catch(() => undefined);
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
    await this.#publisher.replaceMedia(track);
  }

  /** Tells the others whether a track is muted; one that the room does not know yet is told when it does. */
  tellMuted(track: LocalTrack): void {
    const trackId = this.#trackIds.get(this.#publisher.clientTrackId(track) ?? '');
    if (trackId) this.#notify('mute', { trackId, muted: track.muted });
  }

  /** How loud each audio track is, by its MediaStreamTrack id. */
  async audioLevels(): Promise<Map<string, number>> {
    const reports = await Promise.all([this.#publisher.pc.getStats(), this.#subscriber.pc.getStats()]);
    return audioLevels(reports.flatMap((report) => [...report.values()]));
  }

  leave(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#notify('leave', {});
    this.close();
  }

  close(): void {
    this.#closed = true;
    this.#rpc.close(new MuonError('left', 'The connection was closed'));
    this.#socket.close(1000);
    this.#publisher.pc.close();
    this.#subscriber.pc.close();
  }

  async #join(sid: string): Promise<void> {
    const timer = setTimeout(
      () => this.#lose(new MuonError('unreachable', 'The media node did not answer')),
      JOIN_TIMEOUT_MS,
    );
    try {
      const offer = this.#publisher.empty ? undefined : await this.#publisher.offer();
      const params: Params<'join'> = { sid, ...(offer ? { offer: offer.desc, tracks: offer.tracks } : {}) };
      const [answer] = await Promise.all([this.#rpc.request('join', params), this.#joined.promise]);
      if (offer) await this.#publisher.accept(answer as RTCSessionDescriptionInit);
    } finally {
      clearTimeout(timer);
    }
  }

  /** One offer at a time; each carries all that has changed until it is made. */
  #negotiate(): Promise<void> {
    const negotiation = this.#negotiation.then(async () => {
      if (this.#closed) return;
      const offer: Params<'offer'> = await this.#publisher.offer();
      await this.#publisher.accept((await this.#rpc.request('offer', offer)) as RTCSessionDescriptionInit);
    });
    this.#negotiation = negotiation.catch(() => undefined);
    return negotiation.catch((error: unknown) => {
      // What a lost connection leaves undone, the next one does when it joins.
      if (!this.#closed) throw toMuonError(error);
    });
  }

  #noticed(method: string, params: unknown): void {
    if (method === 'offer') this.#answer(params as RTCSessionDescriptionInit);
    else if (method === 'trickle') this.#addCandidate(params as Params<'trickle'>);
    else if (method === 'room') this.#enter(params as Notice<'room'>);
    else if (method === 'published') this.#published(params as Notice<'published'>);
    else if (method === 'event') this.#listener.event(params as Notice<'event'>);
  }

  #answer(offer: RTCSessionDescriptionInit): void {
    this.#offers = this.#offers.then(async () => {
      try {
        const desc = (await this.#subscriber.answer(offer)) as Params<'answer'>['desc'];
        this.#notify('answer', { desc });
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

  #enter({ participants, participant }: Notice<'room'>): void {
    this.#listener.snapshot(participants.filter(({ identity }) => identity !== participant.identity));
    this.#joined.resolve(undefined);
  }

  #published({ trackId, clientTrackId }: Notice<'published'>): void {
    this.#trackIds.set(clientTrackId, trackId);
    for (const track of this.#tracks) {
      if (track.muted && this.#publisher.clientTrackId(track) === clientTrackId) this.tellMuted(track);
    }
  }

  #notify<Method extends keyof typeof signalParams>(method: Method, params: Params<Method>): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#rpc.notify(method, params);
  }

  #peerConnection(iceServers: RTCIceServer[], target: 0 | 1): RTCPeerConnection {
    const pc = new RTCPeerConnection({ iceServers, bundlePolicy: 'max-bundle' });
    let grace: ReturnType<typeof setTimeout> | undefined;
    const lose = (): void => this.#lose(new MuonError('unreachable', 'The media path was lost'));
    pc.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate?.candidate) this.#notify('trickle', { target, candidate: candidate.toJSON() as never });
    });
    pc.addEventListener('connectionstatechange', () => {
      clearTimeout(grace);
      if (pc.connectionState === 'failed') lose();
      if (pc.connectionState === 'disconnected') grace = setTimeout(lose, MEDIA_GRACE_MS);
    });
    return pc;
  }

  #lose(error: MuonError): void {
    if (this.#closed) return;
    this.close();
    this.#joined.reject(error);
    this.#listener.lost(error);
  }
}

function toMuonError(error: unknown): MuonError {
  if (error instanceof MuonError) return error;
  if (error instanceof JsonRpcError) {
    const code = (error.code ?? codeOfStatus(error.number)) as MuonErrorCode;
    return new MuonError(code, 'The media node refused', { detail: error.message || undefined, cause: error });
  }
  return new MuonError('unreachable', 'The media could not be set up', { detail: String(error), cause: error });
}
