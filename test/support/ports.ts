import { createServer } from 'node:net';

/** Ports of one copy of the system lie between 1935 and 21000; test copies are moved up by a multiple of this. */
const STEP = 500;

/** An offset for `MUON_PORT_OFFSET` at which the ports that a copy listens on are free. */
export async function freePortOffset(): Promise<number> {
  const start = 21_500 + STEP * Math.floor(Math.random() * 30);
  for (let offset = start; offset < 40_000; offset += STEP) {
    const ports = [1935, 5060, 7000, 7001, 7060, 8080, 8088].map((port) => port + offset);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return offset;
  }
  throw new Error('no free range of ports');
}

/** A TCP port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
