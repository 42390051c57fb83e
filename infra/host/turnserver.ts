import { hostPorts } from './ports.ts';

export interface TurnFront {
  readonly bind: string;
  readonly publicIp: string;
  readonly privateIp: string;
  readonly realm: string;
  readonly secret: string;
  readonly portOffset: number;
}

/** Networks that no relay leads into: this host, its VPC, its metadata service, and what is nobody's. */
const DENIED = [
  '0.0.0.0-0.255.255.255',
  '10.0.0.0-10.255.255.255',
  '100.64.0.0-100.127.255.255',
  '127.0.0.0-127.255.255.255',
  '169.254.0.0-169.254.255.255',
  '172.16.0.0-172.31.255.255',
  '192.0.0.0-192.0.0.255',
  '192.168.0.0-192.168.255.255',
  '198.18.0.0-198.19.255.255',
  '224.0.0.0-255.255.255.255',
];

/** coturn, for clients whose network lets nothing else pass; who shows credentials of the control plane may relay. */
export function toTurnConfig({ bind, publicIp, privateIp, realm, secret, portOffset }: TurnFront): string {
  return [
    `listening-ip=${bind === '0.0.0.0' ? privateIp : bind}`,
    `listening-port=${hostPorts.turn + portOffset}`,
    `relay-ip=${bind === '0.0.0.0' ? privateIp : bind}`,
    `external-ip=${publicIp}/${bind === '0.0.0.0' ? privateIp : bind}`,
    `realm=${realm}`,
    'use-auth-secret',
    `static-auth-secret=${secret}`,
    'fingerprint',
    'stale-nonce=600',
    'no-cli',
    'no-tls',
    'no-dtls',
    'no-tcp-relay',
    'no-multicast-peers',
    'user-quota=12',
    'total-quota=1200',
    'simple-log',
    'log-file=stdout',
    ...DENIED.map((range) => `denied-peer-ip=${range}`),
    '',
  ].join('\n');
}
