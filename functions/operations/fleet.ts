import { type Gateway, isRtmpGateway, type RtmpGateway } from '../domain/gateway.ts';
import { isAlive } from '../domain/liveness.ts';
import type { Node } from '../domain/node.ts';
import type { Store } from '../domain/store.ts';

/** How old the lists below may be: a transaction checks what matters, so they need only be nearly right. */
const CACHE_MS = 1000;

/** The nodes and gateways that live, as of a moment ago. */
export class Fleet {
  readonly #staleMs: number;
  readonly #clock: () => number;
  readonly #nodes: Cached<Node>;
  readonly #sipGateways: Cached<Gateway>;
  readonly #rtmpGateways: Cached<Gateway>;

  constructor(store: Store, staleMs: number, clock: () => number) {
    this.#staleMs = staleMs;
    this.#clock = clock;
    this.#nodes = new Cached(() => store.nodes.list(), clock);
    this.#sipGateways = new Cached(() => store.gateways.list('sip'), clock);
    this.#rtmpGateways = new Cached(() => store.gateways.list('rtmp'), clock);
  }

  /** Whoever was heard of since then lives. */
  get aliveSinceMs(): number {
    return this.#clock() - this.#staleMs;
  }

  isAlive(one: Node | Gateway): boolean {
    return isAlive(one, this.#staleMs, this.#clock());
  }

  async nodes({ fresh = false } = {}): Promise<readonly Node[]> {
    return (await this.#nodes.get(fresh)).filter((node) => this.isAlive(node));
  }

  async sipGateway(): Promise<Gateway | undefined> {
    return (await this.sipGateways())[0];
  }

  /** Those that are not about to end. */
  async sipGateways({ fresh = false } = {}): Promise<readonly Gateway[]> {
    return (await this.#sipGateways.get(fresh)).filter((gateway) => this.#stays(gateway));
  }

  async rtmpGateways({ fresh = false } = {}): Promise<readonly RtmpGateway[]> {
    return (await this.#rtmpGateways.get(fresh)).filter(isRtmpGateway).filter((gateway) => this.#stays(gateway));
  }

  /** Those that were not heard of for long enough to count as dead. */
  async deadSipGateways(): Promise<readonly Gateway[]> {
    return (await this.#sipGateways.get(false)).filter((gateway) => !this.isAlive(gateway));
  }

  async deadRtmpGateways(): Promise<readonly Gateway[]> {
    return (await this.#rtmpGateways.get(false)).filter((gateway) => !this.isAlive(gateway));
  }

  #stays(gateway: Gateway): boolean {
    return gateway.cordonedAtMs === undefined && this.isAlive(gateway);
  }

  /** Lets the list show what was just reserved on a node, until it is read again. */
  noteReserved(nodeId: string, weight: number): void {
    this.#nodes.change(nodeId, (node) => ({ ...node, reserved: node.reserved + weight }));
  }
}

/** A list that is read at most once a {@link CACHE_MS}, however many ask. */
class Cached<Item extends { readonly id: string }> {
  readonly #read: () => Promise<readonly Item[]>;
  readonly #clock: () => number;
  #items: readonly Item[] = [];
  #readAtMs = -Infinity;
  #reading: Promise<void> | undefined;

  constructor(read: () => Promise<readonly Item[]>, clock: () => number) {
    this.#read = read;
    this.#clock = clock;
  }

  async get(fresh: boolean): Promise<readonly Item[]> {
    if (fresh || this.#clock() - this.#readAtMs >= CACHE_MS) {
      this.#reading ??= this.#refresh().finally(() => (this.#reading = undefined));
      await this.#reading;
    }
    return this.#items;
  }

  change(id: string, change: (item: Item) => Item): void {
    this.#items = this.#items.map((item) => (item.id === id ? change(item) : item));
  }

  async #refresh(): Promise<void> {
    this.#items = await this.#read();
    this.#readAtMs = this.#clock();
  }
}
