import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NodeHeartbeatAnswer, NodeHeartbeatBody, PublicJwk, RegisterNodeBody } from '@muon/contract/internal.ts';
import type { Joined } from '@muon/contract/join.ts';
import { grantsSchema, type AccessClaims, type Grants } from '@muon/contract/token.ts';
import { SignJWT } from 'jose';

export interface TokenOptions {
  readonly identity: string;
  readonly room?: string;
  readonly grants?: Partial<Grants>;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly kind?: AccessClaims['kind'];
  readonly epoch?: number;
  readonly maxParticipants?: number;
  readonly node?: string;
  readonly ttlSeconds?: number;
  /** How long ago it was made. */
  readonly ageSeconds?: number;
}

/** Just enough of a control plane for a media node and its clients: heartbeats, access tokens, and joining. */
export class FakeControlPlane {
  readonly #server: Server;
  readonly #privateKey: KeyObject;
  readonly #jwk: PublicJwk;
  /** Where the node said that its clients find it. */
  #nodeUrl = '';
  /** What the next heartbeats are answered. */
  closeRooms: NodeHeartbeatAnswer['closeRooms'] = [];
  refused: NodeHeartbeatAnswer['refused'] = [];
  /** Whether it breaks off every request. */
  away = false;
  /** What the node told last. */
  rooms: NodeHeartbeatBody['rooms'] = [];

  private constructor(server: Server) {
    this.#server = server;
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    this.#privateKey = privateKey;
    this.#jwk = { kty: 'OKP', crv: 'Ed25519', x: publicKey.export({ format: 'jwk' }).x!, kid: 'test' };
    server.on('request', (request, response) => {
      if (this.away) request.destroy();
      else void this.#respond(request, response);
    });
  }

  /** Listens on this address; nodes and clients of another network reach it there. */
  static async start(host = '127.0.0.1'): Promise<FakeControlPlane> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, host, resolve);
    });
    return new FakeControlPlane(server);
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  /** What a page takes to {@link url}`/v1/join`, to be let in by these options. */
  joinToken(options: TokenOptions): string {
    return Buffer.from(JSON.stringify(options)).toString('base64url');
  }

  /** An access token for the node `nd_test`, in the room `rm_test` unless the options say another. */
  token({ identity, ttlSeconds = 120, ageSeconds = 0, ...options }: TokenOptions): Promise<string> {
    const room = options.room ?? 'test';
    const claims = {
      room: `rm_${room}`,
      roomName: room,
      name: `Name of ${identity}`,
      kind: options.kind ?? 'standard',
      grants: grantsSchema.parse(options.grants ?? {}),
      ...(options.attributes === undefined ? {} : { attributes: options.attributes }),
      epoch: options.epoch ?? 1,
      maxParticipants: options.maxParticipants ?? 10,
    };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', kid: this.#jwk.kid })
      .setIssuer('muon')
      .setSubject(identity)
      .setAudience(options.node ?? 'nd_test')
      .setIssuedAt(Math.floor(Date.now() / 1000) - ageSeconds)
      .setExpirationTime(Math.floor(Date.now() / 1000) + ttlSeconds)
      .setJti(randomUUID())
      .sign(this.#privateKey);
  }

  /** What the control plane shows the node `nd_test` to ask about a room. */
  nodeToken(room: string, { ttlSeconds = 30 } = {}): Promise<string> {
    return new SignJWT({ room, scope: 'participants:read' })
      .setProtectedHeader({ alg: 'EdDSA', kid: this.#jwk.kid })
      .setIssuer('muon')
      .setAudience('nd_test')
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000) + ttlSeconds)
      .setJti(randomUUID())
      .sign(this.#privateKey);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#answer(request);
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', '*');
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  }

  async #answer(request: IncomingMessage): Promise<unknown> {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    if (request.method === 'OPTIONS') return {};
    if (request.url === '/v1/join') return this.#join(request.headers.authorization ?? '');
    if (request.url === '/internal/nodes') {
      this.#nodeUrl = (JSON.parse(text) as RegisterNodeBody).url;
      return { tokenKeys: [this.#jwk], heartbeatIntervalMs: 200 };
    }
    this.rooms = (JSON.parse(text) as NodeHeartbeatBody).rooms;
    return { tokenKeys: [this.#jwk], closeRooms: this.closeRooms, refused: this.refused };
  }

  async #join(authorization: string): Promise<Joined> {
    const joinToken = authorization.replace(/^Bearer /, '');
    const options = JSON.parse(Buffer.from(joinToken, 'base64url').toString()) as TokenOptions;
    const { identity, room = 'test' } = options;
    return {
      url: this.#nodeUrl,
      accessToken: await this.token(options),
      iceServers: [],
      room: { id: `rm_${room}`, name: room },
      node: { id: 'nd_test', region: 'test' },
      participant: { identity, name: identity },
    };
  }
}
