import { randomBytes, randomInt } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { ProtocolError } from '@muon/wire/protocol-error.ts';
import { decodeRtcp } from '@muon/wire/rtcp/packet.ts';
import { parseDescription, writeDescription, type Description } from '@muon/wire/sdp/description.ts';
import { answerOffer, type AnswerOptions } from '../negotiation/answer.ts';
import type { ForwardedCodec } from '../negotiation/codecs.ts';
import type { DataMedia } from '../negotiation/data-media.ts';
import { DecodableCodecs } from '../negotiation/decodable-codecs.ts';
import { NegotiationError } from '../negotiation/negotiation-error.ts';
import { readAnswer, writeOffer } from '../negotiation/offer.ts';
import { iceAttributes, readTransport, type LocalTransport } from '../negotiation/transport.ts';
import type { SrtpProfile } from '@muon/wire/srtp/profile.ts';
import { ClientPaths } from './client-paths.ts';
import type { DataChannel } from './data-channel.ts';
import type { FeedbackTally } from './feedback-tally.ts';
import { IncomingStreams } from './incoming-streams.ts';
import { OutgoingStreams } from './outgoing-streams.ts';
import type { OutgoingTransport } from './outgoing-transport.ts';
import type { PacketIo, SessionId } from './packet-io.ts';
import type { RemoteAddress } from './remote-address.ts';
import type { Receiver } from './receiver.ts';
import type { Sender, SenderOptions } from './sender.ts';
import { DataChannels, Dtls, matchesFingerprint, type Certificate } from './werift.ts';

export { NegotiationError };

/** Why a connection ended. */
export type CloseReason =
  /** By {@link Connection.close}. */
  | 'closed'
  /** Not connected in time. */
  | 'handshake-timeout'
  | 'dtls-failed'
  /** The client said goodbye by DTLS. */
  | 'dtls-closed'
  /** The client stopped to consent to packets (RFC 7675). */
  | 'consent-expired';

export interface ConnectionEvents {
  connected: [];
  /** Once, at the end. */
  closed: [{ readonly reason: CloseReason }];
  /** A stream is known, by its SSRC or RID; its packets follow. */
  receiver: [Receiver];
  /** The client stopped sending this stream, or the connection ended. */
  receiverEnded: [Receiver];
  /** The client opened a data channel. */
  dataChannel: [DataChannel];
}

/** What a connection needs of the port that made it. */
export interface ConnectionHost {
  readonly io: PacketIo;
  readonly certificate: Certificate;
  readonly addresses: readonly string[];
  readonly publicPort: number;
  readonly profiles: readonly SrtpProfile[];
  readonly handshakeTimeoutMs: number;
  readonly consentTimeoutMs: number;
  readonly tally: FeedbackTally;
  /** Checks with this user name fragment are the connection's from now on. */
  credentialsAdded(connection: Connection, ufrag: string): void;
  credentialsRemoved(ufrag: string): void;
  addressAdded(connection: Connection, address: RemoteAddress): void;
  addressForgotten(connection: Connection, address: RemoteAddress): void;
  sessionOpened(connection: Connection, session: SessionId): void;
  /** A client sent more over data channels than may wait; it has none any more. */
  dataOverflowed(): void;
  closed(connection: Connection): void;
}

/** ICE credentials of one generation (RFC 8445 section 5.3). */
interface Credentials {
  readonly ufrag: string;
  readonly password: string;
}

/** One peer connection of a client. Made by `MediaPort.openConnection`. */
export class Connection extends EventEmitter<ConnectionEvents> {
  /** What the client decodes, as far as it said. */
  readonly codecs: DecodableCodecs;
  readonly #host: ConnectionHost;
  readonly #openedMs: number;
  readonly #paths: ClientPaths;
  readonly #dtls: Dtls;
  readonly #channels: DataChannels;
  readonly #incoming: IncomingStreams;
  readonly #outgoing: OutgoingStreams;
  readonly #originId = String(randomInt(2 ** 47));
  #originVersion = 0;
  /** The latest last; earlier ones serve until the client uses it. */
  #credentials: Credentials[] = [];
  #remoteUfrag: string | undefined;
  #fingerprints: readonly string[] | undefined;
  #awaitsAnswer = false;
  #session: SessionId | undefined;
  /** When the last packet came. */
  #heardMs = -Infinity;
  #connected = false;
  #closed = false;

  constructor(host: ConnectionHost, nowMs: number, codecs = new DecodableCodecs()) {
    super();
    this.codecs = codecs;
    this.#host = host;
    this.#openedMs = nowMs;
    this.#paths = new ClientPaths(nowMs);
    this.#dtls = new Dtls(host.certificate, host.profiles, (datagram) => this.#sendDatagram(datagram));
    this.#dtls.on('connected', () => this.#connect());
    this.#dtls.on('failed', () => this.#end('dtls-failed'));
    this.#dtls.on('closed', () => this.#end('dtls-closed'));
    this.#channels = new DataChannels((data) => this.#dtls.send(data));
    this.#dtls.on('data', (data) => {
      if (this.#connected) this.#channels.receive(data);
    });
    this.#channels.on('opened', (channel) => this.emit('dataChannel', channel));
    this.#channels.on('overflowed', () => host.dataOverflowed());
    const events = {
      receiverStarted: (receiver: Receiver) => this.emit('receiver', receiver),
      receiverEnded: (receiver: Receiver) => this.emit('receiverEnded', receiver),
    };
    this.#incoming = new IncomingStreams(events, host.tally);
    this.#outgoing = new OutgoingStreams(host.io, host.tally);
    this.#renewCredentials();
  }

  /** All that this client is sent: how much it can take, and how it arrives. */
  get transport(): OutgoingTransport {
    return this.#outgoing.transport;
  }

  /** How many videos the client is not sent now. */
  get pausedVideos(): number {
    return this.#outgoing.pausedVideos;
  }

  /** Where the client is, as far as verified checks have told. */
  get clientAddress(): RemoteAddress | undefined {
    return this.#paths.selected;
  }

  /** Whether media flows; false before and after. */
  get connected(): boolean {
    return this.#connected && !this.#closed;
  }

  /** Since anything came from the client, packets or checks; undefined while it is not connected. */
  silentMs(nowMs: number): number | undefined {
    return this.connected ? nowMs - Math.max(this.#heardMs, this.#paths.checkedMs) : undefined;
  }

  /**
   * Takes the client's offer, the first or a further one, and answers it. For the connection that a client publishes on.
   * Codecs that are `avoided` are the last that it would send with.
   *
   * @throws NegotiationError when it is not an offer that can be answered.
   */
  answer(offerSdp: string, avoided?: (codec: ForwardedCodec) => boolean): Promise<string> {
    return this.#answer(offerSdp, avoided ? { avoided } : {});
  }

  /**
   * Answers a client that wants to be sent what its own offer has room for, one stream of each kind: see {@link play}.
   *
   * @throws NegotiationError when it is not an offer that can be answered.
   */
  answerPlayer(offerSdp: string): Promise<string> {
    return this.#answer(offerSdp, { play: (medium) => this.#outgoing.agree(medium) });
  }

  /** Sends a stream in the place that {@link answerPlayer} made; undefined when the client does not take its codec. */
  play(options: Pick<SenderOptions, 'kind' | 'codec'>): Sender | undefined {
    return this.#outgoing.play(options);
  }

  #answer(offerSdp: string, options: AnswerOptions): Promise<string> {
    return this.#negotiate(() => {
      const offer = parseDescription(offerSdp);
      const remote = readTransport(offer);
      const restart = this.#remoteUfrag !== undefined && this.#remoteUfrag !== remote.ufrag;
      if (restart) this.#renewCredentials();
      this.codecs.learn(offer);
      const { description, published, data } = answerOffer(offer, this.#localTransport(), options);
      this.#remoteUfrag = remote.ufrag;
      this.#setFingerprints(remote.fingerprints);
      if (data) this.#startData(data);
      this.#incoming.negotiated(published);
      return this.#write(description);
    });
  }

  /**
   * Offers all senders and the data channels. For the connection that a client subscribes on. Takes the place of an
   * earlier offer that has no answer.
   */
  offer(): Promise<string> {
    return this.#negotiate(() => {
      this.#awaitsAnswer = true;
      return this.#write(writeOffer(this.#outgoing.offer(), this.#localTransport()));
    });
  }

  /** @throws NegotiationError when it does not answer the last {@link offer}. */
  acceptAnswer(answerSdp: string): Promise<void> {
    return this.#negotiate(() => {
      if (!this.#awaitsAnswer) throw new NegotiationError('there is no offer to answer');
      const answer = parseDescription(answerSdp);
      const remote = readTransport(answer);
      const accepted = readAnswer(answer, this.#outgoing.offered);
      this.codecs.learn(answer);
      this.#awaitsAnswer = false;
      this.#remoteUfrag = remote.ufrag;
      this.#setFingerprints(remote.fingerprints);
      if (accepted.data) this.#startData(accepted.data);
      this.#outgoing.accept(accepted);
      this.#connect();
    });
  }

  /** From the next {@link offer} on, the client's checks carry new credentials (RFC 8445 section 9). */
  restartIce(): void {
    if (!this.#closed) this.#renewCredentials();
  }

  /** Of this side's ICE, as the next description has it. */
  get localUfrag(): string {
    return this.#credentials.at(-1)!.ufrag;
  }

  /** Of the client's ICE; undefined before its first description. */
  get remoteUfrag(): string | undefined {
    return this.#remoteUfrag;
  }

  /** The client began ICE anew without a description (RFC 9725 section 4.3.3): gives this side's attributes. */
  restartIceOf(remoteUfrag: string): string[] {
    this.restartIce();
    this.#remoteUfrag = remoteUfrag;
    return iceAttributes(this.#localTransport());
  }

  /** A candidate of the client changes nothing: a lite agent learns addresses from verified checks. */
  addCandidate(_candidate: unknown): void {}

  /**
   * Adds a stream to be sent; the client sees it after the next {@link offer}.
   *
   * @throws NegotiationError when nodes do not forward its codec.
   */
  addSender(options: SenderOptions): Sender {
    return this.#outgoing.add(options);
  }

  /** Ends a stream; the client sees it after the next {@link offer}. */
  removeSender(sender: Sender): void {
    this.#outgoing.remove(sender);
  }

  /** Opens a data channel as soon as the connection is up. */
  createDataChannel(
    label: string,
    options: { readonly ordered?: boolean; readonly maxRetransmits?: number } = {},
  ): DataChannel {
    return this.#channels.open(label, options);
  }

  close(): void {
    this.#end('closed');
  }

  /** For the port: the password that checks with this user name fragment are signed by. */
  passwordOf(ufrag: string): string | undefined {
    return this.#credentials.find((credentials) => credentials.ufrag === ufrag)?.password;
  }

  /** For the port: a verified check came. */
  checked(ufrag: string, from: RemoteAddress, nominated: boolean, nowMs: number): void {
    if (ufrag === this.#credentials.at(-1)!.ufrag) this.#dropOldCredentials();
    const change = this.#paths.checked(from, nominated, nowMs);
    if (change.forgotten) {
      this.#host.addressForgotten(this, change.forgotten);
      if (this.#session !== undefined) this.#host.io.unbindAddress(this.#session, change.forgotten);
    }
    // Each time, since another client may have had the address in between.
    this.#host.addressAdded(this, from);
    if (this.#session === undefined) return;
    this.#host.io.bindAddress(this.#session, from);
    if (change.selected) this.#move(this.#session, from);
  }

  /** For the port: the client's TCP connection is gone. */
  pathLost(address: RemoteAddress): void {
    this.#paths.lost(address);
    this.#host.addressForgotten(this, address);
    if (this.#session === undefined) return;
    this.#host.io.unbindAddress(this.#session, address);
    const { selected } = this.#paths;
    if (selected) this.#move(this.#session, selected);
  }

  #move(session: SessionId, to: RemoteAddress): void {
    this.#host.io.setDestination(session, to);
    this.#incoming.pathChanged();
    this.#outgoing.pathChanged(to);
  }

  /** For the port: DTLS records came. */
  dtlsReceived(datagram: Buffer): void {
    this.#dtls.receive(datagram);
  }

  /** For the port. @throws ProtocolError */
  rtpReceived(packet: Uint8Array, nowMs: number): void {
    this.#heardMs = nowMs;
    this.#incoming.rtpReceived(packet, nowMs);
  }

  /** For the port. @throws ProtocolError */
  rtcpReceived(bytes: Uint8Array, nowMs: number): void {
    this.#heardMs = nowMs;
    for (const packet of decodeRtcp(bytes)) {
      this.#incoming.rtcpReceived(packet, nowMs);
      this.#outgoing.feedback(packet, nowMs);
    }
  }

  /** For the port, every few milliseconds: sends what is due, and ends when the client is gone. */
  poll(nowMs: number): void {
    if (!this.#connected) {
      if (nowMs - this.#openedMs > this.#host.handshakeTimeoutMs) this.#end('handshake-timeout');
      return;
    }
    if (nowMs - this.#paths.checkedMs > this.#host.consentTimeoutMs) return this.#end('consent-expired');
    for (const packet of this.#incoming.poll(nowMs)) this.#host.io.sendRtcp(this.#session!, packet);
    this.#outgoing.poll(nowMs);
  }

  /** Bad descriptions are the client's fault, whichever layer finds it. */
  #negotiate<Result>(step: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new NegotiationError('the connection is closed');
      try {
        resolve(step());
      } catch (error) {
        reject(error instanceof ProtocolError ? new NegotiationError(error.message, { cause: error }) : error);
      }
    });
  }

  /** Connects when the client has finished DTLS and its description says who it is, in whichever order. */
  #connect(): void {
    if (this.#connected || this.#closed || !this.#dtls.connected || !this.#fingerprints) return;
    const certificate = this.#dtls.remoteCertificate;
    if (!certificate || !this.#fingerprints.some((fingerprint) => matchesFingerprint(certificate, fingerprint))) {
      return this.#end('dtls-failed');
    }
    this.#connected = true;
    this.#openSession();
    this.emit('connected');
  }

  #openSession(): void {
    const keys = this.#dtls.sessionKeys();
    if (!keys) return;
    const { io } = this.#host;
    const session = io.openSession(keys);
    this.#session = session;
    for (const address of this.#paths.addresses) io.bindAddress(session, address);
    // There is none when the client's TCP connection broke in between; its next check tells of another.
    const { selected } = this.#paths;
    if (selected) io.setDestination(session, selected);
    this.#host.sessionOpened(this, session);
    this.#outgoing.connected(session, selected);
  }

  #startData({ remotePort, remoteMaxMessageBytes }: DataMedia): void {
    this.#channels.start(remotePort, remoteMaxMessageBytes);
  }

  /** The client's certificate is settled by its first description; DTLS is not begun anew. */
  #setFingerprints(fingerprints: readonly string[]): void {
    this.#fingerprints ??= fingerprints;
  }

  #renewCredentials(): void {
    // Base64 of whole triples has no characters but ICE's own.
    const credentials = { ufrag: randomBytes(6).toString('base64'), password: randomBytes(18).toString('base64') };
    // Of the earlier ones, the first are in use; what was offered since and never used goes.
    const [inUse, ...unused] = this.#credentials;
    for (const { ufrag } of unused) this.#host.credentialsRemoved(ufrag);
    this.#credentials = inUse ? [inUse, credentials] : [credentials];
    this.#host.credentialsAdded(this, credentials.ufrag);
  }

  #dropOldCredentials(): void {
    for (const { ufrag } of this.#credentials.slice(0, -1)) this.#host.credentialsRemoved(ufrag);
    this.#credentials = this.#credentials.slice(-1);
  }

  #localTransport(): LocalTransport {
    const { certificate, addresses, publicPort } = this.#host;
    return { ...this.#credentials.at(-1)!, fingerprint: certificate.fingerprint, addresses, port: publicPort };
  }

  #write(description: Description): string {
    return writeDescription(description, { id: this.#originId, version: this.#originVersion++ });
  }

  #sendDatagram(datagram: Uint8Array): void {
    const to = this.#paths.selected;
    if (to && !this.#closed) this.#host.io.sendDatagram(datagram, to);
  }

  #end(reason: CloseReason): void {
    if (this.#closed) return;
    this.#channels.close();
    this.#closed = true;
    this.#dtls.close();
    this.#outgoing.close();
    for (const { ufrag } of this.#credentials) this.#host.credentialsRemoved(ufrag);
    for (const address of this.#paths.addresses) this.#host.addressForgotten(this, address);
    if (this.#session !== undefined) this.#host.io.closeSession(this.#session);
    this.#host.closed(this);
    this.#incoming.close();
    this.emit('closed', { reason });
  }
}
