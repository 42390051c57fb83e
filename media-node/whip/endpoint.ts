import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessClaims } from '@muon/contract/token.ts';
import { ProtocolError } from '@muon/wire/protocol-error.ts';
import { parseIceFragment, writeIceFragment } from '@muon/wire/sdp/ice-fragment.ts';
import { Attendance } from '../attendance.ts';
import type { NodeContext } from '../context.ts';
import { readBody } from '../http/body.ts';
import { readToken } from '../http/credentials.ts';
import type { PathParams } from '../http/path-table.ts';
import { NegotiationError, type Connection } from '../io/connection.ts';
import { TooManyHandshakesError } from '../io/handshakes.ts';
import { Refusal } from '../refusal.ts';
import type { Resource } from '../server.ts';
import { TokenBucket } from '../token-bucket.ts';
import type { AccessTokens } from '../tokens.ts';
import { HttpParticipant, type Role } from './http-participant.ts';
import { toLinks } from './ice-server-links.ts';

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';

/** What browsers offer with a dozen codecs is some 10 KB. */
const MAX_BODY_BYTES = 64 * 1024;

/** How many sessions of one kind there may be; a node is full of participants long before. */
const MAX_SESSIONS = 2000;

/** How often one session may be changed: trickled candidates come one by one. */
const PATCH_RATE = { perSecond: 10, burst: 50 };

interface Session {
  readonly participant: HttpParticipant;
  readonly rate: TokenBucket;
}

/** Somebody with a good token, before the session. */
export interface Arrival {
  readonly request: IncomingMessage;
  readonly claims: AccessClaims;
  readonly attendance: Attendance;
}

export interface WhipEndpointOptions {
  readonly node: NodeContext;
  readonly tokens: AccessTokens;
  /** `/whip` or `/whep`; sessions are below it. */
  readonly path: '/whip' | '/whep';
  /** What the grants have to allow. */
  readonly needs: 'publish' | 'subscribe';
  readonly role: (connection: Connection, arrival: Arrival) => Role;
}

/** The HTTP side of WHIP and WHEP: an endpoint that makes sessions of offers, and the resources of the sessions. */
export class WhipEndpoint {
  readonly #options: WhipEndpointOptions;
  readonly #sessions = new Map<string, Session>();

  constructor(options: WhipEndpointOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** By path, for the server. */
  get resources(): Readonly<Record<string, Resource>> {
    return {
      [this.#options.path]: {
        acceptPost: SDP,
        methods: { POST: (request, response) => this.#create(request, response) },
      },
      [`${this.#options.path}/{session}`]: {
        methods: {
          PATCH: (request, response, params) => this.#patch(request, response, params),
          DELETE: (_request, response, params) => this.#delete(response, params),
        },
      },
    };
  }

  async #create(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { node, path } = this.#options;
    const attendance = new Attendance({
      node,
      connection: path === '/whip' ? 'whip' : 'whep',
      address: node.addresses.of(request),
    });
    try {
      const claims = await this.#admit(request);
      attendance.identified(claims);
      await this.#open(response, { request, claims, attendance });
    } catch (error) {
      if (error instanceof Refusal) attendance.failed(error);
      throw error;
    }
  }

  /** @throws Refusal */
  async #admit(request: IncomingMessage): Promise<AccessClaims> {
    const { tokens, needs } = this.#options;
    const claims = await tokens.verify(readToken(request));
    if (!claims.grants[needs] || (needs === 'publish' && claims.grants.hidden)) {
      throw new Refusal('forbidden', `The token does not allow to ${needs}.`);
    }
    return claims;
  }

  /** @throws Refusal */
  async #open(response: ServerResponse, arrival: Arrival): Promise<void> {
    const { node, path } = this.#options;
    const { request, claims, attendance } = arrival;
    const offer = await readBody(request, SDP, MAX_BODY_BYTES);
    if (this.#sessions.size >= MAX_SESSIONS) throw new Refusal('no-node-available', 'Too many sessions; try again.');
    const connection = openConnection(node, node.addresses.of(request));
    const role = this.#options.role(connection, arrival);
    const ended = (): void => void this.#sessions.delete(participant.id);
    const participant = new HttpParticipant({ claims, node, attendance, connection, role, ended });
    this.#sessions.set(participant.id, { participant, rate: new TokenBucket(PATCH_RATE, performance.now()) });
    try {
      const answer = await participant.join(offer);
      response.writeHead(201, {
        'content-type': SDP,
        location: `${path}/${participant.id}`,
        etag: participant.etag,
        'accept-patch': FRAGMENT,
        link: toLinks(claims.iceServers ?? []),
      });
      response.end(answer);
    } catch (error) {
      participant.end();
      if (error instanceof NegotiationError) throw new Refusal('invalid-request', error.message, { cause: error });
      throw error;
    }
  }

  /** RFC 9725 section 4.3: candidates, which a lite agent has no use for, or an ICE restart. */
  async #patch(request: IncomingMessage, response: ServerResponse, params: PathParams): Promise<void> {
    const { participant, rate } = this.#find(params);
    if (!rate.take(performance.now())) throw new Refusal('rate-limited', 'The session is changed too often.');
    const { ufrag } = readFragment(await readBody(request, FRAGMENT, MAX_BODY_BYTES));
    const match = request.headers['if-match'];
    if (match === undefined) throw new Refusal('precondition-required', 'Say by If-Match which ICE session it is for.');
    if (match !== '*' && match !== participant.etag) {
      throw new Refusal('precondition-failed', 'ICE was restarted since.');
    }
    if (participant.isOf(ufrag)) return void response.writeHead(204).end();
    if (match !== '*') throw new Refusal('precondition-failed', 'An ICE restart has If-Match: *.');
    const attributes = participant.restartIce(ufrag);
    response.writeHead(200, { 'content-type': FRAGMENT, etag: participant.etag });
    response.end(writeIceFragment(attributes));
  }

  #delete(response: ServerResponse, params: PathParams): void {
    this.#find(params).participant.end();
    response.writeHead(200).end();
  }

  #find({ session: id = '' }: PathParams): Session {
    const session = this.#sessions.get(id);
    if (!session) throw new Refusal('session-not-found', 'There is no such session, or it has ended.');
    return session;
  }
}

function openConnection({ mediaPort }: NodeContext, address: string): Connection {
  try {
    return mediaPort.openConnection({ address });
  } catch (error) {
    if (!(error instanceof TooManyHandshakesError)) throw error;
    throw new Refusal(error.code, 'Too many clients are connecting; try again.', { cause: error });
  }
}

function readFragment(text: string): { readonly ufrag: string } {
  try {
    return parseIceFragment(text);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new Refusal('invalid-request', error.message, { cause: error });
  }
}
