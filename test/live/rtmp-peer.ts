import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const HANDSHAKE_BYTES = 1536;

export const messageTypes = { setChunkSize: 1, audio: 8, video: 9, data: 18, command: 20 } as const;

/** The peer of an RTMP server, as far as its handshake; what comes then is up to the test, well-formed or not. */
export class RtmpPeer {
  readonly socket: Socket;
  #received = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    // A server may well cut off whoever sends this.
    socket.on('error', () => {});
    socket.on('data', (data) => (this.#received += data.length));
  }

  /** Connects without a word. */
  static async connect(port: number): Promise<RtmpPeer> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RtmpPeer(socket);
  }

  /** Connects and shakes hands. */
  static async open(port: number): Promise<RtmpPeer> {
    const peer = await RtmpPeer.connect(port);
    peer.socket.write(Buffer.concat([Buffer.from([3]), Buffer.alloc(2 * HANDSHAKE_BYTES)]));
    while (peer.#received < 1 + 2 * HANDSHAKE_BYTES) await once(peer.socket, 'data');
    return peer;
  }

  /** Sends a message, cut in chunks of the default size. */
  send(type: number, payload: Uint8Array, { chunkStream = 3, length = payload.length } = {}): void {
    const header = Buffer.alloc(12);
    header[0] = chunkStream;
    header.writeUIntBE(length, 4, 3);
    header[7] = type;
    header[8] = type === messageTypes.command ? 1 : 0;
    const parts: Uint8Array[] = [header];
    for (let at = 0; at < payload.length; at += 128) {
      if (at > 0) parts.push(Uint8Array.of(0xc0 | chunkStream));
      parts.push(payload.subarray(at, at + 128));
    }
    this.socket.write(Buffer.concat(parts));
  }

  command(...values: readonly AmfValue[]): void {
    this.send(messageTypes.command, Buffer.concat(values.map(amf0)));
  }

  /** Until the server has closed the connection. */
  async closed(): Promise<void> {
    if (!this.socket.closed) await once(this.socket, 'close');
  }
}

export type AmfValue = number | string | null | { readonly [name: string]: AmfValue };

function amf0(value: AmfValue): Buffer {
  if (value === null) return Buffer.from([5]);
  if (typeof value === 'string') return Buffer.concat([Buffer.from([2]), text(value)]);
  if (typeof value === 'number') {
    const number = Buffer.alloc(9);
    number.writeDoubleBE(value, 1);
    return number;
  }
  const fields = Object.entries(value).map(([name, field]) => Buffer.concat([text(name), amf0(field)]));
  return Buffer.concat([Buffer.from([3]), ...fields, Buffer.from([0, 0, 9])]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >>> 8, bytes.length & 0xff]), bytes]);
}
