import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { RpcId } from './rpc.ts';

/** A client that can go on over another WebSocket. */
export interface Session {
  /** Takes over a WebSocket; its request `id` is answered with the state of the room. */
  resume(socket: WebSocket, id: RpcId | undefined): void;
}

const TOKEN_BYTES = 24;

/** The clients of a node that may resume, each by its one valid token. */
export class Sessions {
  readonly #byToken = new Map<string, Session>();
  readonly #tokens = new Map<Session, string>();

  /** A new token for the session; its earlier one is good no more. */
  issueToken(session: Session): string {
    this.end(session);
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    this.#byToken.set(token, session);
    this.#tokens.set(session, token);
    return token;
  }

  find(token: string): Session | undefined {
    return this.#byToken.get(token);
  }

  /** Nothing resumes this session any more. */
  end(session: Session): void {
    const token = this.#tokens.get(session);
    if (token === undefined) return;
    this.#tokens.delete(session);
    this.#byToken.delete(token);
  }
}
