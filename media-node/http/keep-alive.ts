import type { WebSocket, WebSocketServer } from 'ws';

/** Ends WebSockets whose other side has not answered a ping for an interval; returns how to stop that. */
export function keepAlive(server: WebSocketServer, intervalMs: number): () => void {
  const silent = new WeakSet<WebSocket>();
  server.on('connection', (socket) => socket.on('pong', () => silent.delete(socket)));
  const timer = setInterval(() => {
    for (const socket of server.clients) {
      if (silent.has(socket)) socket.terminate();
      silent.add(socket);
      socket.ping();
    }
  }, intervalMs);
  return () => clearInterval(timer);
}
