import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BurstLoss, Conditions } from './network/conditions.ts';
import type { NetworkOrder, NetworkReport } from './network/messages.ts';
import type { Direction, Flow } from './network/udp-link.ts';

/** Which clients a change is for, by the ports that they send from; all of them, and those to come, when absent. */
export interface ForClients {
  readonly clientPorts?: readonly number[];
}

/**
 * A network that misbehaves, between clients and a node: media goes through a NAT that loses, delays, reorders, doubles
 * and queues; signalling through a TCP connection that can be cut. Each client port has its own queues. Use with
 * `await using`.
 *
 * @example
 *   await using network = await Network.start();
 *   await using node = await MediaNode.start(network.settings);
 *   await network.attach(node);
 *   await network.set({ up: { loss: 0.1, delayMs: 50 }, down: { loss: 0.1, delayMs: 50 } });
 */
export class Network {
  readonly #process: ChildProcess;
  readonly #host: string;
  readonly #udpPort: number;
  readonly #tcpPort: number;
  readonly #waiting = new Map<number, (report: NetworkReport) => void>();
  #nextId = 1;

  private constructor(child: ChildProcess, host: string, { udpPort, tcpPort }: NetworkReport) {
    this.#process = child;
    this.#host = host;
    this.#udpPort = udpPort;
    this.#tcpPort = tcpPort;
    child.on('message', (message) => {
      const report = message as NetworkReport;
      this.#waiting.get(report.id)?.(report);
      this.#waiting.delete(report.id);
    });
  }

  static async start({ host = '127.0.0.1', seed = 1 } = {}): Promise<Network> {
    const child = fork(join(import.meta.dirname, 'network/process.ts'), [host, String(seed)], { execArgv: [] });
    const [report] = (await once(child, 'message')) as [NetworkReport];
    return new Network(child, host, report);
  }

  /** What a node needs to know so that its clients come through here. */
  get settings(): Record<string, string> {
    return {
      MUON_PUBLIC_IP: this.#host,
      MUON_PUBLIC_MEDIA_PORT: String(this.#udpPort),
      MUON_NODE_URL: `ws://${this.#host}:${this.#tcpPort}/ws`,
    };
  }

  /** Leads to this node. */
  async attach(node: { readonly mediaPort: number; readonly httpPort: number }, address = this.#host): Promise<void> {
    await this.#tell({ type: 'attach', address, mediaPort: node.mediaPort, httpPort: node.httpPort });
  }

  /** Changes what is given; a direction that is absent stays as it is. */
  async set(conditions: Partial<Record<Direction, Conditions>>, { clientPorts }: ForClients = {}): Promise<void> {
    for (const direction of ['up', 'down'] as const) {
      const given = conditions[direction];
      if (given) await this.#tell({ type: 'conditions', direction, conditions: given, clientPorts });
    }
  }

  /** Loses packets of one stream, from a sequence number on. */
  async loseBurst(direction: Direction, burst: BurstLoss): Promise<void> {
    await this.#tell({ type: 'burst', direction, burst });
  }

  /** Gives clients a new port outside, at this address; how many it was. */
  async rebind(address = this.#host, { clientPorts }: ForClients = {}): Promise<number> {
    return (await this.#tell({ type: 'rebind', address, clientPorts })).flows.filter(
      ({ clientPort }) => !clientPorts || clientPorts.includes(clientPort),
    ).length;
  }

  /** Breaks all TCP connections and lets nobody connect. */
  async cutTcp(): Promise<void> {
    await this.#tell({ type: 'cut' });
  }

  async mendTcp(): Promise<void> {
    await this.#tell({ type: 'mend' });
  }

  async flows(): Promise<readonly Flow[]> {
    return (await this.#tell({ type: 'look' })).flows;
  }

  async tcpConnections(): Promise<number> {
    return (await this.#tell({ type: 'look' })).tcpConnections;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.disconnect();
    await exited;
  }

  #tell(order: NetworkOrder): Promise<NetworkReport> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, resolve);
      this.#process.send({ id, ...order }, (error) => error && reject(error));
    });
  }
}
