import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { MAX_SIGNAL_BYTES, SIGNAL_SUBPROTOCOL } from '@muon/contract/signal.ts';
import { WebSocketServer } from 'ws';
import type { NodeContext } from '../context.ts';
import { readToken } from '../http/credentials.ts';
import { acceptOddKeys, admitOddKey } from '../http/odd-key.ts';
import { toRefusal } from '../refusal.ts';
import type { AccessTokens } from '../tokens.ts';
import { enter } from './entrance.ts';

/** `/ws`: opens the WebSocket for everybody, since a browser can't read why an upgrade was refused. */
export class SignalUpgrade {
  readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_SIGNAL_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => offered.has(SIGNAL_SUBPROTOCOL) && SIGNAL_SUBPROTOCOL,
  });
  readonly #node: NodeContext;
  readonly #tokens: AccessTokens;

  constructor(node: NodeContext, tokens: AccessTokens) {
    this.#node = node;
    this.#tokens = tokens;
    acceptOddKeys(this.server);
  }

  async handle(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const claims = await this.#tokens.verify(readToken(request)).catch(toRefusal);
    admitOddKey(request);
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      this.server.emit('connection', webSocket, request);
      enter(webSocket, claims, this.#node);
    });
  }
}
