import { once } from 'node:events';
import { WebSocket } from 'ws';

/** Looks into a Node process that was started with `--inspect`. Use with `using`. */
export class Inspector implements Disposable {
  readonly #socket: WebSocket;
  #nextId = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  static async open(port: number): Promise<Inspector> {
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as { webSocketDebuggerUrl: string }[];
    const socket = new WebSocket(targets[0]!.webSocketDebuggerUrl);
    await once(socket, 'open');
    return new Inspector(socket);
  }

  /** The bytes of the heap that are in use, all garbage collected. */
  async heapBytes(): Promise<number> {
    await this.#call('HeapProfiler.collectGarbage');
    return ((await this.#call('Runtime.getHeapUsage')) as { usedSize: number }).usedSize;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #call(method: string): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const listen = (data: Buffer): void => {
        const message = JSON.parse(data.toString()) as { id?: number; result?: unknown };
        if (message.id !== id) return;
        this.#socket.off('message', listen);
        resolve(message.result);
      };
      this.#socket.on('message', listen);
      this.#socket.send(JSON.stringify({ id, method }));
    });
  }
}
