import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { isRtcp, type RtpPacket } from '@muon/wire/rtp/packet.ts';
import type { PacketIo, PacketIoCounters, PacketIoOwner, RtpOutput, SessionId, SessionKeys } from './packet-io.ts';
import { addressKey, type RemoteAddress } from './remote-address.ts';
import { SrtpSession, type Refusal } from './srtp-session.ts';

/** Room for bursts: a keyframe to many subscribers, or a pause of this process. */
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

/** Nothing that a client of ours sends is longer; longer datagrams are garbage. */
const MAX_DATAGRAM_BYTES = 2048;

interface OpenSession {
  readonly srtp: SrtpSession;
  readonly addresses: Set<string>;
  destination: RemoteAddress | undefined;
}

/** The backend that needs nothing but Node: one system call and one cipher object per packet. */
export class TypescriptPacketIo implements PacketIo {
  readonly #socket: Socket;
  readonly #owner: PacketIoOwner;
  readonly #sessions = new Map<SessionId, OpenSession>();
  readonly #sessionByAddress = new Map<string, SessionId>();
  readonly #counters: PacketIoCounters = {
    receivedPackets: 0,
    receivedBytes: 0,
    sentPackets: 0,
    sentBytes: 0,
    unknownSource: 0,
    malformed: 0,
    unauthentic: 0,
    replayed: 0,
    sendErrors: 0,
  };
  #nextId = 1;
  #closed = false;

  private constructor(socket: Socket, owner: PacketIoOwner) {
    this.#socket = socket;
    this.#owner = owner;
    socket.on('message', (bytes, from) => this.receive(bytes, from));
    // Errors of single datagrams, such as an unreachable peer; the socket lives on.
    socket.on('error', () => this.#counters.sendErrors++);
  }

  static open(options: { host: string; port: number; owner: PacketIoOwner }): Promise<TypescriptPacketIo> {
    const ipv6 = isIPv6(options.host);
    const socket = createSocket({
      type: ipv6 ? 'udp6' : 'udp4',
      // Only numeric addresses come in here; the resolver would cost a turn of the event loop per packet.
      lookup: (address, _options, callback) => callback(null, address, ipv6 ? 6 : 4),
    });
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(options.port, options.host, () => {
        socket.off('error', reject);
        socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
        socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
        resolve(new TypescriptPacketIo(socket, options.owner));
      });
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get counters(): Readonly<PacketIoCounters> {
    return this.#counters;
  }

  openSession(keys: SessionKeys): SessionId {
    const id = this.#nextId++;
    this.#sessions.set(id, { srtp: new SrtpSession(keys), addresses: new Set(), destination: undefined });
    return id;
  }

  bindAddress(id: SessionId, from: RemoteAddress): void {
    const session = this.#sessions.get(id);
    if (!session) return;
    const key = addressKey(from);
    const previous = this.#sessionByAddress.get(key);
    if (previous !== undefined) this.#sessions.get(previous)?.addresses.delete(key);
    this.#sessionByAddress.set(key, id);
    session.addresses.add(key);
  }

  unbindAddress(id: SessionId, from: RemoteAddress): void {
    const key = addressKey(from);
    if (this.#sessions.get(id)?.addresses.delete(key)) this.#sessionByAddress.delete(key);
  }

  setDestination(id: SessionId, to: RemoteAddress): void {
    const session = this.#sessions.get(id);
    if (session) session.destination = to;
  }

  keepSent(id: SessionId, ssrc: number, count: number): void {
    this.#sessions.get(id)?.srtp.keepSent(ssrc, count);
  }

  resend(id: SessionId, ssrc: number, seq: number): void {
    const session = this.#sessions.get(id);
    const bytes = session?.srtp.sent(ssrc, seq);
    if (bytes && session?.destination) this.sendDatagram(bytes, session.destination);
  }

  endStream(id: SessionId, ssrc: number): void {
    this.#sessions.get(id)?.srtp.endStream(ssrc);
  }

  closeSession(id: SessionId): void {
    for (const key of this.#sessions.get(id)?.addresses ?? []) this.#sessionByAddress.delete(key);
    this.#sessions.delete(id);
  }

  fanOut(packet: RtpPacket, outputs: readonly Readonly<RtpOutput>[], count: number): void {
    for (let i = 0; i < count; i++) {
      const output = outputs[i]!;
      const session = this.#sessions.get(output.session);
      if (!session?.destination) continue;
      const bytes = session.srtp.protectOutput(packet, output);
      if (bytes) this.sendDatagram(bytes, session.destination);
    }
  }

  sendRtp(id: SessionId, packet: Uint8Array): void {
    const session = this.#sessions.get(id);
    if (!session?.destination) return;
    const bytes = session.srtp.protectRtp(packet);
    if (bytes) this.sendDatagram(bytes, session.destination);
  }

  sendRtcp(id: SessionId, packet: Uint8Array): void {
    const session = this.#sessions.get(id);
    if (session?.destination) this.sendDatagram(session.srtp.protectRtcp(packet), session.destination);
  }

  receive(bytes: Uint8Array, from: RemoteAddress): void {
    this.#counters.receivedPackets++;
    this.#counters.receivedBytes += bytes.length;
    // Port 0 can only be forged, and nothing can be sent to it.
    if (bytes.length > MAX_DATAGRAM_BYTES || bytes.length === 0 || from.port === 0) {
      this.#counters.malformed++;
      return;
    }
    // RFC 7983: 128 to 191 is RTP and RTCP.
    if (bytes[0]! >>> 6 === 2) this.#receiveSrtp(bytes, from);
    else this.#owner.datagramReceived(bytes, from);
  }

  sendDatagram(bytes: Uint8Array, to: RemoteAddress): void {
    if (this.#closed) return;
    this.#counters.sentPackets++;
    this.#counters.sentBytes += bytes.length;
    if (to.protocol === 'tcp') this.#owner.sendOverTcp(bytes, to);
    else this.#socket.send(bytes, to.port, to.address, this.#onSent);
  }

  flush(): void {
    // Nothing is held back here.
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await new Promise<void>((resolve) => {
      this.#socket.close(resolve);
    });
  }

  readonly #onSent = (error: Error | null): void => {
    if (error) this.#counters.sendErrors++;
  };

  #receiveSrtp(bytes: Uint8Array, from: RemoteAddress): void {
    const id = this.#sessionByAddress.get(addressKey(from));
    const session = id === undefined ? undefined : this.#sessions.get(id);
    if (id === undefined || !session) {
      this.#counters.unknownSource++;
      return;
    }
    const rtcp = isRtcp(bytes);
    const plain = rtcp ? session.srtp.unprotectRtcp(bytes) : session.srtp.unprotectRtp(bytes);
    if (typeof plain === 'string') this.#refuse(plain);
    else if (rtcp) this.#owner.rtcpReceived(id, plain, performance.now());
    else this.#owner.rtpReceived(id, plain, performance.now());
  }

  #refuse(refusal: Refusal): void {
    this.#counters[refusal]++;
  }
}
