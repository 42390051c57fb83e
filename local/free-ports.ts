import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** A port that the system needs. */
export interface Port {
  readonly purpose: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}

/** Ports at offset 0; architecture and clients count on them. */
const ports: readonly Port[] = [
  { purpose: 'API and console', protocol: 'tcp', port: 8080 },
  { purpose: 'media node', protocol: 'tcp', port: 7000 },
  { purpose: 'media', protocol: 'udp', port: 7001 },
  { purpose: 'media', protocol: 'tcp', port: 7001 },
  { purpose: 'SIP', protocol: 'udp', port: 5060 },
  { purpose: 'SIP gateway status', protocol: 'tcp', port: 7060 },
  { purpose: 'RTMP', protocol: 'tcp', port: 1935 },
  { purpose: 'HLS', protocol: 'tcp', port: 8088 },
];

/** Those of the system's ports that something else holds. */
export async function takenPorts(host: string, offset: number): Promise<Port[]> {
  const moved = ports.map((port) => ({ ...port, port: port.port + offset }));
  const free = await Promise.all(moved.map((port) => isFree(port, host)));
  return moved.filter((_, index) => !free[index]);
}

function isFree({ protocol, port }: Port, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    if (protocol === 'tcp') {
      const server = createServer().once('error', () => resolve(false));
      server.listen(port, host, () => server.close(() => resolve(true)));
    } else {
      const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4').once('error', () => resolve(false));
      socket.bind(port, host, () => socket.close(() => resolve(true)));
    }
  });
}
