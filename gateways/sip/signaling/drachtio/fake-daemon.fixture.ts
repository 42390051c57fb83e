import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { FrameReader, writeFrame } from './frames.ts';

const SECRET = 'the secret';

/** The control port of drachtio-server, as far as its real one was seen to answer; of SIP it knows nothing. */
export class FakeDaemon implements AsyncDisposable {
  /** What it was told after the greeting, without the ids. */
  readonly heard: string[] = [];
  /** Connections so far. */
  connections = 0;
  /** Says nothing any more. */
  hangs = false;
  readonly #server: Server;
  #socket: Socket | undefined;

  static async start(): Promise<FakeDaemon> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FakeDaemon(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.connections++;
      this.#socket = socket;
      const frames = new FrameReader();
      socket.on('error', () => {});
      socket.on('data', (bytes) => frames.read(bytes).forEach((frame) => this.#hear(frame.toString())));
    });
  }

  get address() {
    return { host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port, secret: SECRET };
  }

  /** A SIP message as it came from a phone. */
  deliver(sip: string, { transaction = 'tx', dialog = '', source = 'network' } = {}): void {
    this.say(`id|sip|${source}|${sip.length}|udp|192.0.2.7|5060|12:00:00|${transaction}|${dialog}|\r\n${sip}`);
  }

  say(text: string): void {
    this.#socket?.write(writeFrame(text));
  }

  write(bytes: string): void {
    this.#socket?.write(bytes);
  }

  /** Ends the connection. */
  drop(): void {
    this.#socket?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.drop();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #hear(text: string): void {
    const [id, verb, ...rest] = text.split('|');
    if (this.hangs) return;
    if (verb === 'authenticate') return this.say(`x|response|${id}|${rest[0] === SECRET ? 'OK|udp/x|v0' : 'NO'}`);
    if (verb === 'sip') {
      this.heard.push(rest.join('|'));
      return this.say(
        `x|response|${id}|OK|application|9|udp|192.0.2.7|5060|12:00:00|${rest[0]}|dialog-${rest[0]}||\r\n`,
      );
    }
    this.say(`x|response|${id}|OK`);
  }
}
