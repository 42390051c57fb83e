import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { WebSocketServer } from 'ws';

/** What RFC 6455 section 1.3 hashes with the key. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** A key of 16 bytes, as the RFC wants it; stands in where the client's own has another length. */
const STAND_IN = 'AAAAAAAAAAAAAAAAAAAAAA==';
const STANDARD_KEY = /^[+/0-9A-Za-z]{22}==$/;
const ODD_KEY = /^[+/0-9A-Za-z]{8,64}={0,2}$/;

const oddKeys = new WeakMap<IncomingMessage, string>();

/**
 * Lets clients in whose `Sec-WebSocket-Key` is not 16 bytes long: those of ion-sdk-flutter and flutter-webrtc-demo send
 * 8. To be called before the upgrade is handled by a server that {@link acceptOddKeys} prepared.
 */
export function admitOddKey(request: IncomingMessage): void {
  const key = request.headers['sec-websocket-key'];
  if (key === undefined || STANDARD_KEY.test(key) || !ODD_KEY.test(key)) return;
  oddKeys.set(request, key);
  request.headers['sec-websocket-key'] = STAND_IN;
}

/** Has the server answer an odd key by that key's own hash. */
export function acceptOddKeys(server: WebSocketServer): void {
  server.on('headers', (headers, request) => {
    const key = oddKeys.get(request);
    const at = headers.findIndex((header) => header.startsWith('Sec-WebSocket-Accept:'));
    if (key === undefined || at === -1) return;
    const accept = createHash('sha1')
      .update(key + GUID)
      .digest('base64');
    headers[at] = `Sec-WebSocket-Accept: ${accept}`;
  });
}
