import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { LINK_SUBPROTOCOL, linkCloseCodes, MAX_LINK_BINARY_BYTES } from '@muon/contract/link.ts';
import type { AccessClaims } from '@muon/contract/token.ts';
import { WebSocketServer, type WebSocket } from 'ws';
import { Attendance } from '../attendance.ts';
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
    const { node } = this.#options;
    const attendance = new Attendance({ node, connection: 'link', address: node.addresses.of(request) });
    const claims = await this.#admit(request).catch((error: unknown) => {
      if (error instanceof Refusal) attendance.failed(error);
      throw error;
    });
    attendance.identified(claims);
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      this.server.emit('connection', webSocket, request);
      this.#open(webSocket, claims, attendance);
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

  #open(socket: WebSocket, claims: AccessClaims, attendance: Attendance): void {
    const { node } = this.#options;
    try {
      void new LinkSession(socket, claims, { node, attendance });
    } catch (error) {
      const refusal = toRefusal(error);
      node.metrics.refusedRequests.inc({ code: refusal.code });
      attendance.failed(refusal);
      socket.close(linkCloseCodes.roomClosed, refusal.code);
    }
  }
}
