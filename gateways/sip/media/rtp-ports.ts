import { createSocket, type Socket } from 'node:dgram';

/** A UDP socket of a call, and the port it listens on. */
export interface RtpSocket {
  readonly socket: Socket;
  readonly port: number;
}

export interface RtpPortsOptions {
  readonly host: string;
  /** Even; RTP has the even ports and RTCP the odd ones (RFC 3550 section 11). */
  readonly first: number;
  readonly last: number;
}

/** The ports on which phones send their sound; each is used by one call at a time, and rests longest before the next. */
export class RtpPorts {
  readonly #host: string;
  readonly #free: number[] = [];

  constructor({ host, first, last }: RtpPortsOptions) {
    this.#host = host;
    for (let port = first + (first & 1); port <= last; port += 2) this.#free.push(port);
  }

  /** A bound socket; undefined when all ports are taken, by calls or by other programs. */
  async open(): Promise<RtpSocket | undefined> {
    for (let tries = this.#free.length; tries > 0; tries--) {
      const port = this.#free.shift()!;
      const socket = await bind(this.#host, port);
      if (socket) {
        socket.once('close', () => this.#free.push(port));
        return { socket, port };
      }
      this.#free.push(port);
    }
    return undefined;
  }
}

function bind(host: string, port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    // Also later: a phone that is gone makes the kernel say so, and its signalling decides what follows.
    socket.on('error', () => resolve(undefined));
    socket.bind(port, host, () => resolve(socket));
  });
}
