import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { LINK_SUBPROTOCOL, linkCloseCodes, MAX_LINK_BINARY_BYTES } from '@muon/contract/link.ts';
import type { AccessClaims } from '@muon/contract/token.ts';
import { WebSocketServer, type WebSocket } from 'ws';
import type { NodeContext } from '../context.ts';
import { readToken } from '../http/credentials.ts';
import { isPrivateAddress } from '../http/private-address.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import type { AccessTokens } from '../tokens.ts';
import { LinkSession } from './session.ts';

export interface LinkUpgradeOptions {
  readonly node: NodeContext;
  readonly tokens: AccessTokens;
  /** Whether public addresses may open links too. */
  readonly fromAnywhere: boolean;
}

/** `/link`: opens the WebSocket for those with a token that allows links. */
export class LinkUpgrade {
  readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_LINK_BINARY_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => offered.has(LINK_SUBPROTOCOL) && LINK_SUBPROTOCOL,
  });
  readonly #options: LinkUpgradeOptions;

  constructor(options: LinkUpgradeOptions) {
    this.#options = options;
  }

  async handle(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const claims = await this.#admit(request);
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      this.server.emit('connection', webSocket, request);
      this.#open(webSocket, claims);
    });
  }

  /** @throws Refusal */
  async #admit(request: IncomingMessage): Promise<AccessClaims> {
    const { node, tokens, fromAnywhere } = this.#options;
    if (!fromAnywhere && !isPrivateAddress(node.addresses.of(request))) {
      throw new Refusal('forbidden', 'Links are opened from this machine or its private network only.');
    }
    const claims = await tokens.verify(readToken(request));
    if (!claims.grants.link) throw new Refusal('forbidden', 'The token does not allow a link.');
    return claims;
  }

  #open(socket: WebSocket, claims: AccessClaims): void {
    try {
      void new LinkSession(socket, claims, this.#options.node);
    } catch (error) {
      const { code, message } = toRefusal(error);
      const { log, metrics } = this.#options.node;
      metrics.refusedRequests.inc({ code });
      log.info({ room: claims.room, identity: claims.sub, code, reason: message }, 'link refused');
      socket.close(linkCloseCodes.roomClosed, code);
    }
  }
}
