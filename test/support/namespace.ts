import { execFileSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { networkInterfaces } from 'node:os';

/** Where a namespace is on the wire between it and the tests. */
interface Ends {
  readonly here: string;
  readonly there: string;
}

/**
 * A network namespace, as good as another machine: it has a loopback of its own, and one wire to this one, with IPv4 and
 * IPv6. Use with `using`.
 *
 * @throws Error when this user may not make one.
 */
export class Namespace {
  readonly name: string;
  readonly ipv4: Ends;
  readonly ipv6: Ends;
  readonly #id = randomBytes(3).toString('hex');

  constructor() {
    if (process.getuid?.() !== 0) {
      throw new Error('This test makes a network namespace, which takes root: run it as root (sudo npm test).');
    }
    const net = freeNet();
    this.name = `muon-${this.#id}`;
    this.ipv4 = { here: `10.213.${net}.1`, there: `10.213.${net}.2` };
    this.ipv6 = { here: `fd00:213:${net.toString(16)}::1`, there: `fd00:213:${net.toString(16)}::2` };
    const [here, there] = this.#ends('a');
    ip('netns', 'add', this.name);
    try {
      ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', this.name);
      for (const [address, bits] of [
        [this.ipv4, 24],
        [this.ipv6, 64],
      ] as const) {
        // Without the check for duplicates the address can be used at once.
        const nodad = bits === 64 ? ['nodad'] : [];
        ip('addr', 'add', `${address.here}/${bits}`, 'dev', here, ...nodad);
        ip('-n', this.name, 'addr', 'add', `${address.there}/${bits}`, 'dev', there, ...nodad);
      }
      ip('link', 'set', here, 'up');
      ip('-n', this.name, 'link', 'set', there, 'up');
      ip('-n', this.name, 'link', 'set', 'lo', 'up');
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Takes the wire away and lays another one, of another network. The namespace has another address on it; this machine
   * keeps the old one, too, so that whoever listens there is still to be reached. IPv4 alone.
   *
   * @returns the new address.
   */
  rewire(): string {
    const address = this.addWire();
    this.cutWire();
    return address;
  }

  /**
   * Lays a second wire, of another network, over which this machine is reached once {@link cutWire} took the first. IPv4
   * alone.
   *
   * @returns the address that the namespace has on it.
   */
  addWire(): string {
    const [here, there] = this.#ends('b');
    const [, , net = ''] = this.ipv4.here.split('.');
    const ends = [1, 2].map((host) => `10.214.${net}.${host}`);
    ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', this.name);
    ip('addr', 'add', `${ends[0]}/24`, 'dev', here);
    ip('link', 'set', here, 'up');
    ip('-n', this.name, 'addr', 'add', `${ends[1]}/24`, 'dev', there);
    ip('-n', this.name, 'link', 'set', there, 'up');
    // Of the first wire's network, so that the first wire goes before it.
    ip('-n', this.name, 'route', 'add', `10.213.${net}.0/24`, 'via', ends[0]!, 'metric', '1000');
    return ends[1]!;
  }

  /** Takes the first wire away; this machine keeps its address on it. */
  cutWire(): void {
    ip('link', 'delete', this.#ends('a')[0]);
    ip('addr', 'add', `${this.ipv4.here}/32`, 'dev', this.#ends('b')[0]);
  }

  /** Lets nothing of UDP out. */
  blockUdp(): void {
    ip('-n', this.name, 'rule', 'add', 'ipproto', 'udp', 'blackhole');
  }

  /** What the wire carries from this machine, and how much waits for it before more is dropped. */
  limitDownlink({ bitrateBps, queueMs }: { readonly bitrateBps: number; readonly queueMs: number }): void {
    const [here] = this.#ends('a');
    const shape = ['tbf', 'rate', `${bitrateBps}bit`, 'burst', '4kb', 'latency', `${queueMs}ms`];
    run('tc', 'qdisc', 'replace', 'dev', here, 'root', ...shape);
  }

  /** Names of the ends of a wire. */
  #ends(wire: 'a' | 'b'): readonly [here: string, there: string] {
    return [`mu${this.#id}${wire}h`, `mu${this.#id}${wire}t`];
  }

  /** The wire goes with it. */
  [Symbol.dispose](): void {
    ip('netns', 'delete', this.name);
  }
}

function ip(...args: string[]): void {
  run('ip', ...args);
}

/** A number of networks that no interface of this machine is in. */
function freeNet(): number {
  const taken = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  for (;;) {
    const net = randomInt(255);
    const prefixes = [`10.213.${net}.`, `10.214.${net}.`];
    if (!taken.some(({ address }) => prefixes.some((prefix) => address.startsWith(prefix)))) return net;
  }
}

/** @throws Error with what the program says. */
function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
