import { addressKey, type RemoteAddress } from './remote-address.ts';

/** Addresses from which one client may have checked; a client with many networks has a handful. */
const MAX_PATHS = 16;

/** The selected address is given up for a checked one when it was silent for so long; clients check every 2.5 s. */
const SILENCE_MS = 6000;

interface Path {
  readonly address: RemoteAddress;
  checkedMs: number;
}

/** What a check has changed. */
export interface PathChange {
  /** An address that was not known. */
  readonly added: boolean;
  /** An address that is forgotten for it. */
  readonly forgotten: RemoteAddress | undefined;
  /** Packets go to another address from now on. */
  readonly selected: boolean;
}

/** Where a client is, by its verified connectivity checks: the lite side of ICE (RFC 8445 section 2.5). */
export class ClientPaths {
  readonly #paths = new Map<string, Path>();
  #selected: Path | undefined;
  #checkedMs: number;

  constructor(nowMs: number) {
    this.#checkedMs = nowMs;
  }

  /** Where packets to the client go. */
  get selected(): RemoteAddress | undefined {
    return this.#selected?.address;
  }

  /** All addresses that the client has checked from. */
  get addresses(): RemoteAddress[] {
    return Array.from(this.#paths.values(), ({ address }) => address);
  }

  /** When the client last showed that it wants packets (RFC 7675). */
  get checkedMs(): number {
    return this.#checkedMs;
  }

  /** The client has checked from this address, and perhaps nominated it. */
  checked(from: RemoteAddress, nominated: boolean, nowMs: number): PathChange {
    this.#checkedMs = nowMs;
    const key = addressKey(from);
    const known = this.#paths.get(key);
    const path = known ?? { address: from, checkedMs: nowMs };
    path.checkedMs = nowMs;
    const forgotten = known ? undefined : this.#makeRoom();
    this.#paths.set(key, path);
    const silent = !this.#selected || nowMs - this.#selected.checkedMs > SILENCE_MS;
    const selected = (nominated || silent) && path !== this.#selected;
    if (selected) this.#selected = path;
    return { added: !known, forgotten, selected };
  }

  /** An address leads nowhere any more; packets go to another one, if there is one. */
  lost(address: RemoteAddress): void {
    const key = addressKey(address);
    const path = this.#paths.get(key);
    this.#paths.delete(key);
    if (!path || path !== this.#selected) return;
    const latest = (a: Path, b: Path): Path => (b.checkedMs > a.checkedMs ? b : a);
    this.#selected = this.#paths.size === 0 ? undefined : [...this.#paths.values()].reduce(latest);
  }

  #makeRoom(): RemoteAddress | undefined {
    if (this.#paths.size < MAX_PATHS) return undefined;
    const others = [...this.#paths].filter(([, path]) => path !== this.#selected);
    const [key, oldest] = others.reduce((a, b) => (b[1].checkedMs < a[1].checkedMs ? b : a));
    this.#paths.delete(key);
    return oldest.address;
  }
}
