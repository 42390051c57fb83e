import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { MAX_SIGNAL_BYTES, SIGNAL_SUBPROTOCOL } from '@muon/contract/signal.ts';
import { WebSocketServer, type ServerOptions } from 'ws';
import { Attendance } from '../attendance.ts';
import type { NodeContext } from '../context.ts';
import { readToken } from '../http/credentials.ts';
import { acceptOddKeys, admitOddKey } from '../http/odd-key.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import type { AccessTokens } from '../tokens.ts';
import { enter } from './entrance.ts';
import { UnjoinedSockets, type Opener } from './unjoined.ts';

/** How long the last word of either side may take, once the WebSocket is to be closed. */
const CLOSE_TIMEOUT_MS = 5000;

const serverOptions: ServerOptions & { readonly closeTimeout: number } = {
  noServer: true,
  maxPayload: MAX_SIGNAL_BYTES,
  closeTimeout: CLOSE_TIMEOUT_MS,
  perMessageDeflate: false,
  handleProtocols: (offered) => offered.has(SIGNAL_SUBPROTOCOL) && SIGNAL_SUBPROTOCOL,
};

/**
 * `/ws`: opens the WebSocket whatever the token, since a browser can't read why an upgrade was refused; only not for
 * those who have opened too many.
 */
export class SignalUpgrade {
  readonly server = new WebSocketServer(serverOptions);
  readonly #node: NodeContext;
  readonly #tokens: AccessTokens;
  readonly #unjoined = new UnjoinedSockets();

  constructor(node: NodeContext, tokens: AccessTokens) {
    this.#node = node;
    this.#tokens = tokens;
    acceptOddKeys(this.server);
  }

  /** How many WebSockets have not joined. */
  get unjoined(): number {
    return this.#unjoined.size;
  }

  async handle(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const claims = await this.#tokens.verify(readToken(request)).catch(toRefusal);
    const participant = claims instanceof Refusal ? undefined : `${claims.room}/${claims.sub}`;
    const address = this.#node.addresses.of(request);
    const attendance = new Attendance({ node: this.#node, connection: 'webrtc', address });
    const joined = this.#admit({ address, participant }, attendance);
    socket.once('close', joined);
    admitOddKey(request);
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      this.server.emit('connection', webSocket, request);
      enter(webSocket, claims, { node: this.#node, address, attendance, joined });
    });
  }

  /** @throws Refusal */
  #admit(opener: Opener, attendance: Attendance): () => void {
    try {
      return this.#unjoined.admit(opener);
    } catch (error) {
      if (error instanceof Refusal) attendance.failed(error);
      throw error;
    }
  }
}
