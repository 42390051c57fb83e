import type { IncomingMessage } from 'node:http';
import { isIP, type BlockList } from 'node:net';
import { toBlockList } from '@muon/service/address-list.ts';

/** Whose requests they are, where proxies may stand in front of the node. */
export class ClientAddresses {
  readonly #proxies: BlockList;

  /** `trustedProxies` are addresses and networks whose word on where a request comes from is taken. */
  constructor(trustedProxies: readonly string[]) {
    this.#proxies = toBlockList(trustedProxies);
  }

  /** The address of the client; '' when it has gone already. */
  of(request: IncomingMessage): string {
    const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',');
    let address = request.socket.remoteAddress ?? '';
    // Each proxy adds whom it heard at the end; what comes before the first stranger is only said by it.
    for (const hop of forwarded.toReversed()) {
      const heard = hop.trim();
      if (isIP(heard) === 0 || !this.#isProxy(address)) break;
      address = heard;
    }
    return address;
  }

  #isProxy(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#proxies.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }
}
