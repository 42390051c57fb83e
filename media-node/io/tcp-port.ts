import { createServer, type Server, type Socket } from 'node:net';
import { ProtocolError } from '@muon/wire/protocol-error.ts';
import { frame, StreamDeframer } from '@muon/wire/rtp/stream-framing.ts';
import { addressBlock } from '../address-block.ts';
import { addressKey, type RemoteAddress } from './remote-address.ts';

/** Nothing that a client of ours sends is longer. */
const MAX_PACKET_BYTES = 2048;

/** Whoever connects checks at once; what has not been verified by then is no client. */
const VERIFY_TIMEOUT_MS = 10_000;

/** Clients check every few seconds, so that silence means that nobody is there. */
const IDLE_TIMEOUT_MS = 30_000;

const LOOK_INTERVAL_MS = 500;

/** How many connections may be open, may be not verified yet, and may be so of one address. */
const MAX_CONNECTIONS = 4096;
const MAX_UNVERIFIED = 512;
const MAX_UNVERIFIED_OF_ADDRESS = 64;

/**
 * What may wait for a slow client. Pictures are left out first, so that sound goes on; what is left out is lost as on
 * any network.
 */
const MAX_QUEUED_BYTES = 320 * 1024;
const MAX_QUEUED_BYTES_FOR_VIDEO = 256 * 1024;

/** RTP that is longer is no sound. */
const MAX_AUDIO_BYTES = 400;

export interface TcpPortOptions {
  readonly host: string;
  readonly port: number;
  /** A packet came. */
  readonly received: (packet: Uint8Array, from: RemoteAddress) => void;
  /** A connection is gone. */
  readonly closed: (address: RemoteAddress) => void;
  readonly verifyTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
}

/** What the port has seen since it was opened; each only grows. */
export interface TcpPortCounters {
  tcpAccepted: number;
  /** Connections beyond a limit. */
  tcpRefused: number;
  /** Connections ended since they broke the framing, sent anything but checks at first, or fell silent. */
  tcpEnded: number;
  /** Packets left out for slow clients, or for connections that are gone. */
  tcpDropped: number;
}

interface Stream {
  readonly socket: Socket;
  readonly remote: RemoteAddress;
  /** By what the limit on one address is counted. */
  readonly block: string;
  readonly deframer: StreamDeframer;
  readonly openedMs: number;
  receivedMs: number;
  /** A check that came over it was verified. */
  verified: boolean;
  /** Whether what is written waits for the end of the turn, to go out together. */
  corked: boolean;
}

/** The passive side of ICE over TCP (RFC 6544): for clients whose networks let no UDP through. */
export class TcpPort {
  readonly #server: Server;
  readonly #options: TcpPortOptions;
  readonly #streams = new Map<string, Stream>();
  readonly #counters: TcpPortCounters = { tcpAccepted: 0, tcpRefused: 0, tcpEnded: 0, tcpDropped: 0 };
  #lookedMs = 0;

  private constructor(server: Server, options: TcpPortOptions) {
    this.#server = server;
    this.#options = options;
    server.on('connection', (socket) => this.#accept(socket));
    // A connection that could not be accepted, as when there is no file descriptor left.
    server.on('error', () => this.#counters.tcpRefused++);
  }

  static listen(options: TcpPortOptions): Promise<TcpPort> {
    const server = createServer({ noDelay: true });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, options.host, () => {
        server.off('error', reject);
        resolve(new TcpPort(server, options));
      });
    });
  }

  get counters(): Readonly<TcpPortCounters> {
    return this.#counters;
  }

  /** How many connections are open. */
  get size(): number {
    return this.#streams.size;
  }

  /** Sends a packet to a client that has a connection; bytes beyond what may wait are dropped. */
  send(packet: Uint8Array, to: RemoteAddress): void {
    const stream = this.#streams.get(addressKey(to));
    if (!stream || stream.socket.writableLength + packet.length > queueLimit(packet)) {
      this.#counters.tcpDropped++;
      return;
    }
    this.#cork(stream);
    stream.socket.write(frame(packet));
  }

  /** Lets a connection stay: a client has proved that it is its own. */
  verified(address: RemoteAddress): void {
    const stream = this.#streams.get(addressKey(address));
    if (stream) stream.verified = true;
  }

  /** Ends a connection that nobody needs any more. */
  end(address: RemoteAddress): void {
    this.#streams.get(addressKey(address))?.socket.destroy();
  }

  /** Ends connections that were silent for too long. */
  poll(nowMs: number): void {
    if (nowMs - this.#lookedMs < LOOK_INTERVAL_MS) return;
    this.#lookedMs = nowMs;
    const { verifyTimeoutMs = VERIFY_TIMEOUT_MS, idleTimeoutMs = IDLE_TIMEOUT_MS } = this.#options;
    for (const stream of this.#streams.values()) {
      const late = !stream.verified && nowMs - stream.openedMs > verifyTimeoutMs;
      if (late || nowMs - stream.receivedMs > idleTimeoutMs) this.#endBadly(stream);
    }
  }

  async close(): Promise<void> {
    for (const { socket } of this.#streams.values()) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: Socket): void {
    const { remoteAddress: address, remotePort: port } = socket;
    // Both are undefined when the client has gone already.
    if (address === undefined || port === undefined || !this.#hasRoom(addressBlock(address))) {
      this.#counters.tcpRefused++;
      socket.destroy();
      return;
    }
    const remote: RemoteAddress = { address, port, protocol: 'tcp' };
    const key = addressKey(remote);
    // Another local address was connected to from the same one; the client has let go of the older.
    this.#streams.get(key)?.socket.destroy();
    const nowMs = performance.now();
    const stream: Stream = {
      socket,
      remote,
      block: addressBlock(address),
      deframer: new StreamDeframer(MAX_PACKET_BYTES),
      openedMs: nowMs,
      receivedMs: nowMs,
      verified: false,
      corked: false,
    };
    this.#streams.set(key, stream);
    this.#counters.tcpAccepted++;
    socket.on('data', (chunk) => this.#receive(stream, chunk));
    // Whatever the error, the end follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#streams.get(key) !== stream) return;
      this.#streams.delete(key);
      this.#options.closed(remote);
    });
  }

  #hasRoom(block: string): boolean {
    if (this.#streams.size >= MAX_CONNECTIONS) return false;
    let unverified = 0;
    let ofBlock = 0;
    for (const stream of this.#streams.values()) {
      if (stream.verified) continue;
      unverified++;
      if (stream.block === block) ofBlock++;
    }
    return unverified < MAX_UNVERIFIED && ofBlock < MAX_UNVERIFIED_OF_ADDRESS;
  }

  #receive(stream: Stream, chunk: Uint8Array): void {
    stream.receivedMs = performance.now();
    for (const packet of this.#deframe(stream, chunk)) {
      // A client begins with a check (RFC 8445); others need not be read any further.
      if (!stream.verified && packet[0]! > 3) return this.#endBadly(stream);
      this.#options.received(packet, stream.remote);
      if (stream.socket.destroyed) return;
    }
  }

  #deframe(stream: Stream, chunk: Uint8Array): readonly Uint8Array[] {
    try {
      return stream.deframer.push(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#endBadly(stream);
      return [];
    }
  }

  #endBadly({ socket }: Stream): void {
    if (socket.destroyed) return;
    this.#counters.tcpEnded++;
    socket.destroy();
  }

  /** Sends the packets of one turn of the event loop in one piece. */
  #cork(stream: Stream): void {
    if (stream.corked) return;
    stream.corked = true;
    stream.socket.cork();
    process.nextTick(() => {
      stream.corked = false;
      stream.socket.uncork();
    });
  }
}

function queueLimit(packet: Uint8Array): number {
  const isRtp = packet[0]! >>> 6 === 2;
  return isRtp && packet.length > MAX_AUDIO_BYTES ? MAX_QUEUED_BYTES_FOR_VIDEO : MAX_QUEUED_BYTES;
}
