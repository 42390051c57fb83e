import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/**
 * All of them lie below 32768, where the ports begin that the system gives to whoever connects: one of those can be taken
 * between the look and the use.
 */
const OFFSETS = { first: 9000, last: 15_500, step: 250 };
const PORTS = { first: 24_000, last: 32_000 };

/** What one copy of the system listens on, moved by its `MUON_PORT_OFFSET`; telephones' sound follows and looks for itself. */
const LISTENED_ON = [1935, 5060, 7000, 7001, 7060, 8080, 8088];

/** An offset for `MUON_PORT_OFFSET` at which the ports that a copy listens on are free. */
export async function freePortOffset(): Promise<number> {
  const count = (OFFSETS.last - OFFSETS.first) / OFFSETS.step + 1;
  const start = Math.floor(Math.random() * count);
  for (let tries = 0; tries < count; tries++) {
    const offset = OFFSETS.first + ((start + tries) % count) * OFFSETS.step;
    if (await areFree(LISTENED_ON.map((port) => port + offset))) return offset;
  }
  throw new Error('no free range of ports');
}

let nextPort = PORTS.first + Math.floor(Math.random() * (PORTS.last - PORTS.first));

/** Telephones take the port after theirs too, for TLS or for RTCP. */
const PORT_STEP = 2;

/** A port that is free now over TCP and UDP, as is the one after it; not given out by this process lately. */
export async function freePort(): Promise<number> {
  for (let tries = PORTS.first; tries < PORTS.last; tries += PORT_STEP) {
    const port = nextPort;
    nextPort = port + PORT_STEP < PORTS.last ? port + PORT_STEP : PORTS.first;
    if (await areFree([port, port + 1])) return port;
  }
  throw new Error('no free port');
}

async function areFree(ports: readonly number[]): Promise<boolean> {
  const looks = ports.flatMap((port) => [isFreeForTcp(port), isFreeForUdp(port)]);
  return (await Promise.all(looks)).every(Boolean);
}

function isFreeForTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function isFreeForUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
}
