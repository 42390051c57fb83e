import { createSocket } from 'node:dgram';
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

/** Below the ports that the system gives to whoever connects: one of those can be taken between the look and the use. */
const PORTS = { first: 24_000, last: 32_000 };

let nextPort = PORTS.first + Math.floor(Math.random() * (PORTS.last - PORTS.first));

/** Telephones take the port after theirs too, for TLS or for RTCP. */
const PORT_STEP = 2;

/** A port that is free now over TCP and UDP, as is the one after it; not given out by this process lately. */
export async function freePort(): Promise<number> {
  for (let tries = PORTS.first; tries < PORTS.last; tries += PORT_STEP) {
    const port = nextPort;
    nextPort = port + PORT_STEP < PORTS.last ? port + PORT_STEP : PORTS.first;
    const looks = [isFree(port), isFreeForUdp(port), isFree(port + 1), isFreeForUdp(port + 1)];
    if ((await Promise.all(looks)).every(Boolean)) return port;
  }
  throw new Error('no free port');
}

function isFree(port: number): Promise<boolean> {
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
