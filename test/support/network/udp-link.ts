import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { seeded } from '@muon/wire/rtp/seq.fixture.ts';
import { Burst } from './burst.ts';
import type { BurstLoss, Conditions, PathCounts } from './conditions.ts';
import { Departures } from './departures.ts';
import { Path } from './path.ts';

const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

/** From a client to the node, or the other way. */
export type Direction = 'up' | 'down';

/** A client as the network knows it: an address that it sends from, and the one that the NAT gave it outside. */
export interface Flow {
  readonly clientPort: number;
  readonly outside: { readonly address: string; readonly port: number } | undefined;
  readonly up: PathCounts;
  readonly down: PathCounts;
  /** The sequence number that each stream to the client came to, by SSRC. */
  readonly downSeqs: Readonly<Record<number, number>>;
}

interface Client {
  readonly port: number;
  readonly address: string;
  readonly paths: Readonly<Record<Direction, Path>>;
  outside: Socket | undefined;
  outsideAddress: Flow['outside'];
}

/** Stands between clients and a node's UDP port, as a NAT on a network that loses, delays and reorders. */
export class UdpLink {
  readonly #socket: Socket;
  readonly #seed: number;
  readonly #clients = new Map<string, Client>();
  readonly #conditions: Record<Direction, Conditions> = { up: {}, down: {} };
  readonly #bursts: Partial<Record<Direction, Burst>> = {};
  readonly #departures = new Departures();
  #target: { readonly address: string; readonly port: number } | undefined;

  private constructor(socket: Socket, seed: number) {
    this.#socket = socket;
    this.#seed = seed;
    socket.on('message', (packet, from) => this.#fromClient(packet, from.address, from.port));
    socket.on('error', () => undefined);
  }

  static async open(host: string, seed: number): Promise<UdpLink> {
    const socket = createSocket('udp4').bind(0, host);
    await once(socket, 'listening');
    enlarge(socket);
    return new UdpLink(socket, seed);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get flows(): Flow[] {
    return Array.from(this.#clients.values(), ({ port, outsideAddress, paths }) => ({
      clientPort: port,
      outside: outsideAddress,
      up: paths.up.counts,
      down: paths.down.counts,
      downSeqs: paths.down.latestSeqs,
    }));
  }

  /** Where packets of clients go. */
  target(address: string, port: number): void {
    this.#target = { address, port };
  }

  /** Of the clients with these ports; of all, and of those to come, without them. */
  setConditions(direction: Direction, conditions: Conditions, clientPorts?: readonly number[]): void {
    if (!clientPorts) this.#conditions[direction] = conditions;
    for (const { paths } of this.#pick(clientPorts)) paths[direction].conditions = conditions;
  }

  /** Of all clients, and of those to come: one that finds a new path meanwhile is the same to whoever asked for this. */
  loseBurst(direction: Direction, loss: BurstLoss): void {
    const burst = new Burst(loss);
    this.#bursts[direction] = burst;
    for (const { paths } of this.#clients.values()) paths[direction].loseBurst(burst);
  }

  /** Gives clients another address outside, as when their NAT forgets them or their network changes. */
  async rebind(address: string, clientPorts?: readonly number[]): Promise<void> {
    for (const client of this.#pick(clientPorts)) {
      client.outside?.close();
      client.outside = this.#openOutside(client, address);
      await once(client.outside, 'listening');
    }
  }

  #pick(clientPorts: readonly number[] | undefined): Client[] {
    return [...this.#clients.values()].filter(({ port }) => !clientPorts || clientPorts.includes(port));
  }

  #fromClient(packet: Buffer, address: string, port: number): void {
    const key = `${address}:${port}`;
    const client = this.#clients.get(key) ?? this.#admit(key, address, port);
    this.#pass(client.paths.up, packet, () => {
      if (this.#target) client.outside?.send(packet, this.#target.port, this.#target.address);
    });
  }

  #admit(key: string, address: string, port: number): Client {
    const seed = this.#seed + 2 * this.#clients.size;
    const paths = { up: new Path(seeded(seed)), down: new Path(seeded(seed + 1)) };
    paths.up.conditions = this.#conditions.up;
    paths.down.conditions = this.#conditions.down;
    if (this.#bursts.up) paths.up.loseBurst(this.#bursts.up);
    if (this.#bursts.down) paths.down.loseBurst(this.#bursts.down);
    const client: Client = { port, address, paths, outside: undefined, outsideAddress: undefined };
    client.outside = this.#openOutside(client, this.#socket.address().address);
    this.#clients.set(key, client);
    return client;
  }

  /** What is sent through it before it is bound waits for that. */
  #openOutside(client: Client, address: string): Socket {
    const outside = createSocket('udp4').bind(0, address);
    outside.once('listening', () => {
      enlarge(outside);
      client.outsideAddress = { address, port: outside.address().port };
    });
    outside.on('error', () => undefined);
    outside.on('message', (packet) => {
      this.#pass(client.paths.down, packet, () => this.#socket.send(packet, client.port, client.address));
    });
    return outside;
  }

  #pass(path: Path, packet: Buffer, send: () => void): void {
    const nowMs = performance.now();
    for (const atMs of path.pass(packet, nowMs)) {
      if (atMs <= nowMs) send();
      else this.#departures.add(atMs, send);
    }
  }
}

function enlarge(socket: Socket): void {
  socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
  socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
}
