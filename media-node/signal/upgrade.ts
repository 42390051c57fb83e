import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { problems } from '@muon/contract/problem.ts';
import { MAX_SIGNAL_BYTES, SIGNAL_SUBPROTOCOL, signalCloseCodes } from '@muon/contract/signal.ts';
import type { AccessClaims } from '@muon/contract/token.ts';
import { WebSocketServer, type WebSocket } from 'ws';
import type { NodeContext } from '../context.ts';
import { readToken } from '../http/credentials.ts';
import { acceptOddKeys, admitOddKey } from '../http/odd-key.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import type { AccessTokens } from '../tokens.ts';
import { Client } from './client.ts';
import { toRpcError } from './failure.ts';
import { parseRpc, rpcFailure } from './rpc.ts';

/** How long a client with a bad token may take for its first request, which is answered with why. */
const LAST_WORD_MS = 1000;

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
      if (claims instanceof Refusal) this.#refuse(webSocket, claims);
      else this.#admit(webSocket, claims);
    });
  }

  #admit(socket: WebSocket, claims: AccessClaims): void {
    void new Client(socket, claims, this.#node);
  }

  #refuse(socket: WebSocket, refusal: Refusal): void {
    const { code } = refusal;
    this.#node.metrics.refusedTokens.inc({ code });
    this.#node.log.info({ code, reason: refusal.message }, 'access token refused');
    const closeCode = problems[code].status === 403 ? signalCloseCodes.forbidden : signalCloseCodes.unauthenticated;
    const timer = setTimeout(() => socket.close(closeCode, code), LAST_WORD_MS);
    socket.on('close', () => clearTimeout(timer));
    socket.on('error', () => socket.terminate());
    socket.once('message', (data: Buffer) => {
      const id = readId(data.toString());
      if (id !== undefined) socket.send(rpcFailure(id, toRpcError(refusal)!));
      socket.close(closeCode, code);
    });
  }
}

function readId(text: string): ReturnType<typeof parseRpc>['id'] {
  try {
    return parseRpc(text).id;
  } catch {
    return undefined;
  }
}
