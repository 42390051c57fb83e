import { createHmac, timingSafeEqual } from 'node:crypto';
import { localAddresses } from '@muon/service/addresses.ts';
import { ProtocolError } from '@muon/wire/protocol-error.ts';
import type { SenderReportInfo } from '@muon/wire/rtcp/sender-report.ts';
import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import type { SrtpProfile } from '@muon/wire/srtp/profile.ts';
import {
  decodeStun,
  encodeBindingError,
  encodeBindingSuccess,
  stunTypes,
  type Hmac,
  type StunMessage,
} from '@muon/wire/stun/message.ts';
import { withoutRedundancy } from '@muon/wire/rtp/red.ts';
import { RED_PAYLOAD_TYPE } from '../negotiation/codecs.ts';
import type { DecodableCodecs } from '../negotiation/decodable-codecs.ts';
import { Connection, type ConnectionHost } from './connection.ts';
import type { OpenPacketIo, PacketIo, PacketIoCounters, PacketIoOwner, RtpOutput, SessionId } from './packet-io.ts';
import type { Encoding } from '../forward/encodings.ts';
import type { PacketLayer } from '../forward/packet-layer.ts';
import { addressKey, type RemoteAddress } from './remote-address.ts';
import type { Sender } from './sender.ts';
import { emptyFeedbackTally, type FeedbackTally } from './feedback-tally.ts';
import { Handshakes } from './handshakes.ts';
import { TcpPort, type TcpPortCounters } from './tcp-port.ts';
import { TypescriptPacketIo } from './typescript-packet-io.ts';
import { createCertificate, type Certificate } from './werift.ts';

/** How often connections look whether something is due; NACKs want it short. */
const TICK_MS = 10;

export interface MediaPortOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Addresses at which clients reach this port; when there are none, those that it is bound to. */
  readonly publicAddresses?: readonly string[];
  /** The port that clients send to, where a NAT maps it to this one; the same when absent. */
  readonly publicPort?: number;
  /** Which backend moves the packets; the TypeScript one when absent. */
  readonly openPacketIo?: OpenPacketIo;
  /** Best first; all when absent. */
  readonly profiles?: readonly SrtpProfile[];
  /** How many connections may be on their way to be connected at once, and how many of them of one address. */
  readonly maxHandshakes?: number;
  readonly maxHandshakesOfAddress?: number;
  readonly handshakeTimeoutMs?: number;
  readonly consentTimeoutMs?: number;
  /** How long a TCP connection may be silent, and how long until its first check. */
  readonly tcpIdleTimeoutMs?: number;
  readonly tcpVerifyTimeoutMs?: number;
}

export interface ConnectionOptions {
  /** Of the client that asked for it, as far as it is known. */
  readonly address?: string;
  /** What is known of the client from other connections of it. */
  readonly codecs?: DecodableCodecs;
}

/** What the port has seen since it was opened; each only grows. */
export interface MediaPortCounters extends PacketIoCounters, TcpPortCounters, FeedbackTally {
  /** Checks that were verified and answered. */
  checks: number;
  /** Checks that are forged, or for nobody. */
  checksRefused: number;
  /** Checks that were not answered, since too many of their address shake hands. */
  checksDeferred: number;
  /** DTLS from an address that no client has checked from. */
  dtlsUnknownSource: number;
  /** Clients whose data channels were ended, since they sent more than may wait. */
  dataOverflows: number;
  /** Datagrams that are no protocol of ours, or break it. */
  garbage: number;
}

/** A free UDP port may be taken over TCP; one of so many is free over both. */
const MAX_TRIES = 20;

/** The one port of a node, over UDP and TCP: all connections of all clients go through it. */
export class MediaPort {
  readonly #io: PacketIo;
  readonly #tcp: TcpPort;
  readonly #host: ConnectionHost;
  readonly #handshakes: Handshakes;
  readonly #byUfrag = new Map<string, Connection>();
  readonly #byAddress = new Map<string, Connection>();
  readonly #bySession = new Map<SessionId, Connection>();
  readonly #connections = new Set<Connection>();
  /** Reused by each fan-out. */
  readonly #outputs: RtpOutput[] = [];
  readonly #tally = emptyFeedbackTally();
  readonly #counters = {
    checks: 0,
    checksRefused: 0,
    checksDeferred: 0,
    dtlsUnknownSource: 0,
    dataOverflows: 0,
    garbage: 0,
  };
  readonly #ticker: NodeJS.Timeout;

  /** Opens the port and binds it. */
  static async open(options: MediaPortOptions): Promise<MediaPort> {
    const certificate = await createCertificate();
    const open: OpenPacketIo = options.openPacketIo ?? ((socket) => TypescriptPacketIo.open(socket));
    for (let tries = 1; ; tries++) {
      try {
        return await MediaPort.#bind(open, certificate, options);
      } catch (error) {
        const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
        if (options.port !== 0 || !taken || tries === MAX_TRIES) throw error;
      }
    }
  }

  static async #bind(open: OpenPacketIo, certificate: Certificate, options: MediaPortOptions): Promise<MediaPort> {
    // The owner exists only once both ports are bound; nothing is received before.
    let port: MediaPort | undefined;
    let tcp: TcpPort | undefined;
    const owner: PacketIoOwner = {
      datagramReceived: (bytes, from) => port && port.#datagramReceived(bytes, from),
      rtpReceived: (session, packet, arrivalMs) => port && port.#rtpReceived(session, packet, arrivalMs),
      rtcpReceived: (session, packet, arrivalMs) => port && port.#rtcpReceived(session, packet, arrivalMs),
      sendOverTcp: (packet, to) => tcp && tcp.send(packet, to),
    };
    const io = await open({ host: options.host, port: options.port, owner });
    try {
      tcp = await TcpPort.listen({
        host: options.host,
        port: io.port,
        received: (packet, from) => io.receive(packet, from),
        closed: (address) => port && port.#tcpClosed(address),
        ...(options.tcpIdleTimeoutMs === undefined ? {} : { idleTimeoutMs: options.tcpIdleTimeoutMs }),
        ...(options.tcpVerifyTimeoutMs === undefined ? {} : { verifyTimeoutMs: options.tcpVerifyTimeoutMs }),
      });
    } catch (error) {
      await io.close();
      throw error;
    }
    port = new MediaPort(io, tcp, certificate, options);
    return port;
  }

  private constructor(io: PacketIo, tcp: TcpPort, certificate: Certificate, options: MediaPortOptions) {
    this.#io = io;
    this.#tcp = tcp;
    this.#handshakes = new Handshakes({ max: options.maxHandshakes, maxOfAddress: options.maxHandshakesOfAddress });
    this.#host = {
      io,
      certificate,
      addresses: options.publicAddresses?.length ? options.publicAddresses : localAddresses(options.host),
      publicPort: options.publicPort ?? io.port,
      profiles: options.profiles ?? ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'],
      handshakeTimeoutMs: options.handshakeTimeoutMs ?? 30_000,
      consentTimeoutMs: options.consentTimeoutMs ?? 30_000,
      tally: this.#tally,
      credentialsAdded: (connection, ufrag) => this.#byUfrag.set(ufrag, connection),
      credentialsRemoved: (ufrag) => this.#byUfrag.delete(ufrag),
      addressAdded: (connection, address) => this.#add(connection, address),
      addressForgotten: (connection, address) => this.#forget(connection, address),
      sessionOpened: (connection, session) => this.#bySession.set(session, connection),
      dataOverflowed: () => this.#counters.dataOverflows++,
      closed: (connection) => this.#closed(connection),
    };
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
  }

  get port(): number {
    return this.#io.port;
  }

  get counters(): Readonly<MediaPortCounters> {
    return { ...this.#io.counters, ...this.#tcp.counters, ...this.#tally, ...this.#counters };
  }

  /** How many connections are open, connected or not. */
  get connections(): number {
    return this.#connections.size;
  }

  /** How many of them are on their way to be connected. */
  get handshakes(): number {
    return this.#handshakes.size;
  }

  /** How many videos are not sent now, of all subscribers. */
  get pausedVideos(): number {
    let paused = 0;
    for (const connection of this.#connections) paused += connection.pausedVideos;
    return paused;
  }

  /** What each subscriber of whom it is known can be sent, in bit/s. */
  estimatesBps(nowMs: number): number[] {
    return [...this.#connections].flatMap(({ transport }) => transport.estimateBps(nowMs) ?? []);
  }

  /** How many TCP connections are open, of clients or not. */
  get tcpConnections(): number {
    return this.#tcp.size;
  }

  /** @throws TooManyHandshakesError */
  openConnection({ address, codecs }: ConnectionOptions = {}): Connection {
    const connection = this.#handshakes.begin(address, () => new Connection(this.#host, performance.now(), codecs));
    this.#connections.add(connection);
    connection.once('connected', () => this.#handshakes.end(connection));
    return connection;
  }

  /**
   * Sends a plain packet of any source, a receiver's or one that came over a link, to all these senders. Each goes on in
   * sequence when the packet's SSRC is another one than before. With `layer`, each sender takes what suits it.
   */
  forward(packet: RtpPacket, senders: readonly Sender[], arrivalMs: number, layer?: PacketLayer): void {
    const redundant = packet.payloadType === RED_PAYLOAD_TYPE && packet.payloadEnd > packet.payloadOffset;
    if (!redundant) return this.#fanOut(packet, senders, arrivalMs, layer);
    const taking = senders.filter(({ takesRedundancy }) => takesRedundancy);
    this.#fanOut(packet, taking, arrivalMs, layer);
    if (taking.length === senders.length) return;
    const others = senders.filter(({ takesRedundancy }) => !takesRedundancy);
    const plain = withoutRedundancy(packet);
    if (plain) this.#fanOut(plain, others, arrivalMs, layer);
  }

  #fanOut(packet: RtpPacket, senders: readonly Sender[], arrivalMs: number, layer: PacketLayer | undefined): void {
    const nowMs = performance.now();
    let count = 0;
    for (const sender of senders) {
      if (!sender.prepare(packet, layer, arrivalMs)) continue;
      const { output, transport, kind } = sender;
      if (transport.admit(packet, output, kind, nowMs)) this.#outputs[count++] = output;
    }
    if (count > 0) this.#io.fanOut(packet, this.#outputs, count);
  }

  /** Tells clients the clock of a source, so that audio and video of one participant play in step. */
  forwardSenderReport(report: SenderReportInfo, senders: readonly Sender[], encoding?: Encoding): void {
    const nowMs = performance.now();
    for (const sender of senders) {
      const packet = sender.report(report, encoding);
      if (!packet) continue;
      this.#io.sendRtcp(sender.output.session, packet);
      sender.transport.reportSent(report, nowMs);
    }
  }

  /** Closes all connections and the port. */
  async close(): Promise<void> {
    clearInterval(this.#ticker);
    for (const connection of this.#connections) connection.close();
    await Promise.all([this.#io.close(), this.#tcp.close()]);
  }

  #tick(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections) connection.poll(nowMs);
    this.#tcp.poll(nowMs);
    this.#io.flush();
  }

  #datagramReceived(bytes: Uint8Array, from: RemoteAddress): void {
    // RFC 7983: which protocol, by the first byte.
    const first = bytes[0]!;
    if (first <= 3) this.#guard(() => this.#stunReceived(bytes, from));
    else if (first >= 20 && first <= 63) this.#dtlsReceived(bytes, from);
    else this.#counters.garbage++;
  }

  #dtlsReceived(bytes: Uint8Array, from: RemoteAddress): void {
    const connection = this.#byAddress.get(addressKey(from));
    if (connection) connection.dtlsReceived(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    else this.#counters.dtlsUnknownSource++;
  }

  #rtpReceived(session: SessionId, packet: Uint8Array, arrivalMs: number): void {
    this.#guard(() => this.#bySession.get(session)?.rtpReceived(packet, arrivalMs));
  }

  #rtcpReceived(session: SessionId, packet: Uint8Array, arrivalMs: number): void {
    this.#guard(() => this.#bySession.get(session)?.rtcpReceived(packet, arrivalMs));
  }

  /** Bytes that break their format cost nothing but a count. */
  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#counters.garbage++;
    }
  }

  #stunReceived(bytes: Uint8Array, from: RemoteAddress): void {
    const request = decodeStun(bytes);
    // Answers and indications have no meaning for a lite agent; without a fingerprint it is not ICE.
    if (request.type !== stunTypes.bindingRequest || !request.fingerprintValid) {
      this.#counters.checksRefused++;
      return;
    }
    if (request.username === undefined || !request.integrity) return this.#refuse(400, request, bytes, from);
    const [ufrag = ''] = request.username.split(':');
    const connection = this.#byUfrag.get(ufrag);
    const password = connection?.passwordOf(ufrag);
    if (!connection || password === undefined) return this.#refuse(401, request, bytes, from);
    const hmac: Hmac = (covered) => createHmac('sha1', password).update(covered).digest();
    if (!timingSafeEqual(hmac(request.integrity.covered), request.integrity.hmac)) {
      return this.#refuse(401, request, bytes, from);
    }
    if (request.unknownRequired.length > 0) {
      this.#io.sendDatagram(encodeBindingError(request, 420, { hmac }), from);
      return;
    }
    if (this.#byAddress.get(addressKey(from)) !== connection && !this.#handshakes.mayBeAt(connection, from)) {
      this.#counters.checksDeferred++;
      return;
    }
    this.#counters.checks++;
    this.#io.sendDatagram(encodeBindingSuccess(request, from, hmac), from);
    connection.checked(ufrag, from, request.useCandidate, performance.now());
  }

  /** Never with more bytes than came, so that nobody is flooded in another's name. */
  #refuse(code: 400 | 401, request: StunMessage, bytes: Uint8Array, from: RemoteAddress): void {
    this.#counters.checksRefused++;
    const answer = encodeBindingError(request, code);
    if (answer.length <= bytes.length) this.#io.sendDatagram(answer, from);
  }

  #add(connection: Connection, address: RemoteAddress): void {
    this.#byAddress.set(addressKey(address), connection);
    if (address.protocol === 'tcp') this.#tcp.verified(address);
  }

  #forget(connection: Connection, address: RemoteAddress): void {
    const key = addressKey(address);
    if (this.#byAddress.get(key) !== connection) return;
    this.#byAddress.delete(key);
    if (address.protocol === 'tcp') this.#tcp.end(address);
  }

  #tcpClosed(address: RemoteAddress): void {
    this.#byAddress.get(addressKey(address))?.pathLost(address);
  }

  #closed(connection: Connection): void {
    this.#connections.delete(connection);
    this.#handshakes.end(connection);
    for (const [session, owner] of this.#bySession) if (owner === connection) this.#bySession.delete(session);
  }
}
