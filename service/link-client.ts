import { EventEmitter } from 'node:events';
import {
  LINK_SUBPROTOCOL,
  linkNotice,
  MAX_LINK_BINARY_BYTES,
  type LinkNotice,
  type LinkRequest,
} from '@muon/contract/link.ts';
import { decodeLinkFrame, encodeLinkFrame, type LinkPacket } from '@muon/wire/link/frame.ts';
import { WebSocket } from 'ws';

export interface LinkEvents {
  /** First `joined`, then whatever happens. */
  notice: [LinkNotice];
  /** Packets of subscribed tracks, by the number in `subscribed`; views that are valid until the handler returns. */
  packets: [readonly LinkPacket[]];
  /** Once, however it ended. */
  closed: [LinkClosed];
}

export interface LinkClosed {
  /** A WebSocket close code; 1006 when there was none. */
  readonly code: number;
  readonly reason: string;
  /** The HTTP status with which the node refused the link; absent when it took it. */
  readonly refusedWith?: number;
}

/** Packets that wait for a node slower than this are worth nothing any more. */
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;

/** A node that answers no ping for so long is gone. */
const PING_INTERVAL_MS = 5000;

/** The joining side of a link (`muon.link.v1`): how gateways and processors are in a room. */
export class Link extends EventEmitter<LinkEvents> {
  readonly #socket: WebSocket;
  readonly #ping: NodeJS.Timeout;
  #alive = true;
  #ended = false;
  #dropped = 0;

  /** Opens a link to the node's `/link`; `joined` or `closed` follows. */
  constructor(url: string, accessToken: string) {
    super();
    this.#socket = new WebSocket(url, LINK_SUBPROTOCOL, {
      headers: { authorization: `Bearer ${accessToken}` },
      maxPayload: MAX_LINK_BINARY_BYTES,
      perMessageDeflate: false,
      handshakeTimeout: PING_INTERVAL_MS,
    });
    this.#socket.binaryType = 'nodebuffer';
    this.#socket.on('message', (data, binary) => this.#receive(data as Buffer, binary));
    this.#socket.on('pong', () => (this.#alive = true));
    this.#socket.on('unexpected-response', (request, response) => {
      this.#end({ code: 1006, reason: `refused with ${response.statusCode}`, refusedWith: response.statusCode ?? 0 });
      request.destroy();
    });
    this.#socket.on('error', (error) => this.#end({ code: 1006, reason: error.message }));
    this.#socket.on('close', (code, reason) => this.#end({ code, reason: reason.toString() }));
    this.#ping = setInterval(() => this.#checkAlive(), PING_INTERVAL_MS);
  }

  /** How many packets were not sent because the node did not take them in time. */
  get dropped(): number {
    return this.#dropped;
  }

  request(request: LinkRequest): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(request));
  }

  /** Sends packets of published tracks, each under the number that `publish` gave its track. */
  send(packets: readonly LinkPacket[]): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount > MAX_QUEUED_BYTES) this.#dropped += packets.length;
    else this.#socket.send(encodeLinkFrame(packets));
  }

  close(): void {
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate();
    else this.#socket.close(1000);
  }

  #receive(data: Buffer, binary: boolean): void {
    if (binary) {
      const packets = this.#decode(() => decodeLinkFrame(data));
      if (packets) this.emit('packets', packets);
    } else {
      const notice = this.#decode(() => linkNotice.parse(JSON.parse(data.toString())));
      if (notice) this.emit('notice', notice);
    }
  }

  /** What `decode` gives, or the end of the link when the node breaks the protocol. */
  #decode<Value>(decode: () => Value): Value | undefined {
    try {
      return decode();
    } catch (error) {
      this.#socket.close(1002);
      this.#end({ code: 1002, reason: error instanceof Error ? error.message : 'protocol error' });
      return undefined;
    }
  }

  #checkAlive(): void {
    if (!this.#alive) return this.#socket.terminate();
    this.#alive = false;
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  #end(closed: LinkClosed): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#ping);
    this.emit('closed', closed);
  }
}
