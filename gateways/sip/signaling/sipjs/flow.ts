import { isIPv4 } from 'node:net';
import type { Via } from '@muon/wire/sip/via.ts';

/** A way to a peer, over which it was heard. */
export interface Flow {
  readonly transport: 'UDP' | 'TCP';
  readonly address: string;
  readonly port: number;
}

/** Equal for flows that are the same. */
export function flowKey({ transport, address, port }: Flow): string {
  return `${transport}:${address}:${port}`;
}

/** The port that SIP has when none is named. */
const DEFAULT_PORT = 5060;

/** Where the answers to a request go (RFC 3261 section 18.2.2, RFC 3581 section 4). */
export function answerFlow(via: Via, flow: Flow): Flow {
  return flow.transport === 'TCP' || via.wantsPort ? flow : { ...flow, port: via.port ?? DEFAULT_PORT };
}

/** Where a request within a call goes: to the first proxy that wanted to stay on its path, else to the phone. */
export function routeOf(request: string, phone: Flow): Flow {
  const [, address, port] = /^Route: *<sip:(?:[^@>]*@)?(\d+\.\d+\.\d+\.\d+)(?::(\d{1,5}))?[;>]/im.exec(request) ?? [];
  if (phone.transport === 'TCP' || !address || !isIPv4(address)) return phone;
  return { ...phone, address, port: Math.min(Number(port ?? DEFAULT_PORT), 65_535) };
}
