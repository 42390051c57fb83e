import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between clients and a node's TCP port, and can be cut. */
export class TcpLink {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #target: { readonly address: string; readonly port: number } | undefined;
  #cut = false;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#pass(socket));
  }

  static async open(host: string): Promise<TcpLink> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, host);
    await once(server, 'listening');
    return new TcpLink(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#sockets.size / 2;
  }

  target(address: string, port: number): void {
    this.#target = { address, port };
  }

  /** Ends all connections and takes no new one, until {@link mend}. */
  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  mend(): void {
    this.#cut = false;
  }

  #pass(client: Socket): void {
    if (this.#cut || !this.#target) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const node = connect({ host: this.#target.address, port: this.#target.port, allowHalfOpen: true });
    for (const [socket, other] of [[client, node] as const, [node, client] as const]) {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
