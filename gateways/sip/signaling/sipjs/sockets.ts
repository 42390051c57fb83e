import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type BlockList, type Server, type Socket } from 'node:net';
import { toBlockList } from '@muon/service/address-list.ts';
import { MAX_SIP_BYTES, sipLength } from '@muon/wire/sip/message.ts';
import { flowKey, type Flow } from './flow.ts';

export interface SocketsOptions {
  readonly host: string;
  readonly port: number;
  readonly allowedSources: readonly string[];
  readonly receive: (bytes: Uint8Array, flow: Flow) => void;
  readonly count: (name: string) => void;
}

const MAX_CONNECTIONS = 512;

/** A phone that keeps its connection says something within this, if only a keep-alive. */
const IDLE_MS = 10 * 60 * 1000;

/** Shorter datagrams are keep-alives. */
const MIN_MESSAGE_BYTES = 16;

const CRLF = Buffer.from('\r\n');

/** Where SIP comes in and goes out: one UDP port, and TCP on the same number. Strangers are dropped unread. */
export class Sockets {
  readonly #options: SocketsOptions;
  readonly #allowed: BlockList | undefined;
  readonly #udp: UdpSocket = createSocket('udp4');
  readonly #tcp: Server;
  readonly #connections = new Map<string, Socket>();

  constructor(options: SocketsOptions) {
    this.#options = options;
    this.#allowed = options.allowedSources.length > 0 ? toBlockList(options.allowedSources) : undefined;
    this.#udp.on('message', (bytes, from) => this.#receiveDatagram(bytes, from));
    this.#tcp = createServer((socket) => this.#connect(socket));
    this.#tcp.maxConnections = MAX_CONNECTIONS;
  }

  /** @throws Error when the port is taken. */
  async listen(): Promise<void> {
    const { host, port } = this.#options;
    this.#udp.bind(port, host);
    await once(this.#udp, 'listening');
    this.#tcp.listen(port, host);
    await once(this.#tcp, 'listening');
    this.#udp.on('error', () => this.#options.count('socket-errors'));
    this.#tcp.on('error', () => this.#options.count('socket-errors'));
  }

  /** Sends; what cannot be sent is gone, as on any network. */
  send(text: string, flow: Flow): void {
    if (flow.transport === 'UDP') this.#udp.send(text, flow.port, flow.address, () => {});
    else this.#connections.get(flowKey(flow))?.write(text);
  }

  close(): void {
    this.#udp.close();
    this.#tcp.close();
    for (const socket of this.#connections.values()) socket.destroy();
  }

  #receiveDatagram(bytes: Buffer, { address, port }: { address: string; port: number }): void {
    if (!this.#admits(address)) return;
    if (bytes.length < MIN_MESSAGE_BYTES) return this.#options.count('keep-alives');
    if (bytes.length > MAX_SIP_BYTES) return this.#options.count('too-large');
    this.#options.receive(bytes, { transport: 'UDP', address, port });
  }

  #admits(address: string): boolean {
    if (!this.#allowed || this.#allowed.check(address)) return true;
    this.#options.count('strangers');
    return false;
  }

  #connect(socket: Socket): void {
    const { remoteAddress: address, remotePort: port } = socket;
    socket.on('error', () => {});
    if (!address || !port || !this.#admits(address)) return void socket.destroy();
    const flow: Flow = { transport: 'TCP', address, port };
    this.#connections.set(flowKey(flow), socket);
    socket.on('close', () => this.#connections.delete(flowKey(flow)));
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.setNoDelay(true);
    let held: Buffer = Buffer.alloc(0);
    socket.on('data', (data: Buffer) => {
      held = this.#receiveStream(held.length ? Buffer.concat([held, data]) : data, flow, socket);
    });
  }

  /** Takes the whole messages from the start of what has come, and gives the rest. */
  #receiveStream(bytes: Buffer, flow: Flow, socket: Socket): Buffer {
    let rest = this.#skipKeepAlives(bytes, socket);
    try {
      for (let length = sipLength(rest); length !== undefined && length <= rest.length; length = sipLength(rest)) {
        this.#options.receive(rest.subarray(0, length), flow);
        rest = this.#skipKeepAlives(rest.subarray(length), socket);
      }
      return rest;
    } catch {
      // What cannot be framed cannot be followed by anything.
      this.#options.count('malformed');
      socket.destroy();
      return Buffer.alloc(0);
    }
  }

  /** Empty lines between messages; two of them want one back (RFC 5626 section 3.5.1). */
  #skipKeepAlives(bytes: Buffer, socket: Socket): Buffer {
    let at = 0;
    while (bytes[at] === 13 || bytes[at] === 10) at++;
    if (at >= 2 * CRLF.length && at === bytes.length) socket.write(CRLF);
    return bytes.subarray(at);
  }
}
