import { createHmac, generateKeyPairSync } from 'node:crypto';
import { INTERNAL_AUTH_SCHEME, internalSigningInput } from '@muon/contract/internal.ts';
import { internalRoutes, publicRoutes } from '@muon/contract/routes.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Store } from '../domain/store.ts';
import { type Dependencies, openContext } from '../handlers/context.ts';
import { createStreamHandler, type StreamHandler } from '../handlers/stream.ts';
import { createSweeperHandler, type SweeperHandler } from '../handlers/sweeper.ts';
import type { Context } from '../operations/context.ts';
import type { NodeClient, NodeRequest } from '../operations/node-client.ts';
import { internalOperations } from '../operations/internal.ts';
import { publicOperations } from '../operations/public.ts';
import { type FaultSource, newGateway, newNode, newRoom, openTestStore } from '../store/store.fixture.ts';
import { createApp } from './app.ts';

const SECRET = 's'.repeat(32);

/** A key for everything. */
export const API_KEY = `mk_test_${'x'.repeat(32)}`;

/** What was answered; its body as JSON, if it has one. */
export interface Answered<Body = Record<string, never>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

interface Call {
  readonly method?: string;
  readonly body?: unknown;
  readonly bearer?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface WorldOptions {
  /** Requests a second of each API key; the clock stands, so that a test has five times as many in all. */
  readonly apiRate?: number;
  readonly faultOf?: FaultSource;
}

/** The control plane in this process: real operations on a real store, with a clock that stands until it is moved. */
export class World {
  readonly store: Store;
  readonly context: Context;
  /** Errors that were logged; a test that expects none looks here. */
  readonly errors: unknown[] = [];
  nowMs = Date.UTC(2026, 0, 31);
  /** What nodes are asked, and what they answer; none answers while this gives undefined. */
  readonly nodeRequests: (NodeRequest & { readonly node: string })[] = [];
  answerOfNode: (request: NodeRequest) => unknown = () => ({ data: [] });
  /** Does what is due: hands out events, sends, tries again. */
  readonly sweep: SweeperHandler;
  readonly stream: StreamHandler;
  readonly #api;
  readonly #internal;

  private constructor(store: Store, context: (clock: () => number) => Context, settings: Dependencies['settings']) {
    this.store = store;
    this.context = context(() => this.nowMs);
    const log = { error: (fields: object) => void this.errors.push(fields) };
    const dependencies = { store, settings, log, clock: () => this.nowMs };
    this.sweep = createSweeperHandler(() => dependencies);
    this.stream = createStreamHandler(() => dependencies);
    const shared = { context: this.context, internalSecret: SECRET, log };
    this.#api = createApp({ ...shared, routes: publicRoutes, operations: publicOperations });
    this.#internal = createApp({ ...shared, routes: internalRoutes, operations: internalOperations });
  }

  static async open({ apiRate = 100_000, faultOf }: WorldOptions = {}): Promise<World> {
    const { store } = await openTestStore(faultOf);
    const settings = {
      MUON_SIGNING_KEY: newSigningKey(),
      MUON_INTERNAL_SECRET: SECRET,
      MUON_HEARTBEAT_INTERVAL_MS: 500,
      MUON_LONG_POLL_MS: 1000,
      MUON_API_RATE: apiRate,
      MUON_WEBHOOK_TARGETS: 'loopback' as const,
      MUON_TURN_URLS: ['turn:turn.example.com:3478'],
      MUON_TURN_SECRET: 'turn secret',
    };
    let clock = Date.now;
    const nodeClient = { ask: (...request: Parameters<NodeClient['ask']>) => world.#askNode(...request) };
    const logOfWorld = { error: (fields: object) => void world.errors.push(fields) };
    const context = await openContext({ nodeClient, store, settings, log: logOfWorld, clock: () => clock() });
    const onStandingClock = (standing: () => number): Context => {
      clock = standing;
      return context;
    };
    const world: World = new World(store, onStandingClock, settings);
    await context.keyRing.ensure(API_KEY, new Date(world.nowMs).toISOString());
    return world;
  }

  /** Calls the public API; with the key for everything unless another bearer, or none, is given. */
  async call<Body = Record<string, never>>(path: string, call: Call = {}): Promise<Answered<Body>> {
    const { method = 'GET', body } = call;
    const bearer = 'bearer' in call ? call.bearer : API_KEY;
    const headers = { ...call.headers, ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) };
    const content = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    const init = { method, headers, ...(content === undefined ? {} : { body: content }) };
    return toAnswered(await this.#api.request(path, init, { requestId: 'request-1' }));
  }

  post<Body = Record<string, never>>(path: string, body?: unknown, bearer = API_KEY): Promise<Answered<Body>> {
    return this.call(path, { method: 'POST', body, bearer });
  }

  /** Calls the internal API as a node or gateway does, `agoSeconds` ago. */
  async callInternal<Body = Record<string, never>>(
    path: string,
    body: unknown,
    { agoSeconds = 0, secret = SECRET } = {},
  ): Promise<Answered<Body>> {
    const text = JSON.stringify(body);
    const t = Math.floor(this.nowMs / 1000) - agoSeconds;
    const v = createHmac('sha256', secret)
      .update(internalSigningInput(t, 'POST', path, text))
      .digest('hex');
    const headers = { authorization: `${INTERNAL_AUTH_SCHEME} t=${t},v=${v}` };
    return toAnswered(
      await this.#internal.request(path, { method: 'POST', headers, body: text }, { requestId: 'i-1' }),
    );
  }

  async #askNode({ id }: { readonly id: string }, request: NodeRequest): Promise<unknown> {
    this.nodeRequests.push({ node: id, ...request });
    const answer = await this.answerOfNode(request);
    if (answer === undefined) throw new Refusal('node-unreachable');
    return answer;
  }

  async registerNode(id: string, more = {}): Promise<void> {
    await this.callInternal('/internal/nodes', newNode(id, more));
  }

  async registerGateway(id: string, more = {}): Promise<void> {
    await this.callInternal('/internal/gateways', newGateway(id, more));
  }

  /** A room by this id that the last of these nodes holds, and that the others have held. */
  async roomAt(id: string, ...nodes: string[]): Promise<void> {
    const { rooms } = this.store;
    await rooms.create(newRoom({ id, name: id.slice(3), maxParticipants: 1 }));
    const options = { nowMs: this.nowMs, aliveSinceMs: this.nowMs - 1000, from: undefined };
    for (const node of nodes) {
      await rooms.release((await rooms.get(id))!, this.nowMs);
      await rooms.allocate((await rooms.get(id))!, (await this.store.nodes.get(node))!, options);
    }
  }

  /** A room, and a token to join it. */
  async roomWithToken(body: object = {}): Promise<{ room: { id: string; name: string }; token: string }> {
    const { body: room } = await this.post<{ id: string; name: string }>('/v1/rooms', body);
    const { body: minted } = await this.post<{ token: string }>(`/v1/rooms/${room.id}/tokens`, { identity: 'ada' });
    return { room, token: minted.token };
  }
}

/** A new Ed25519 key, as JWK. */
export function newSigningKey(): string {
  return JSON.stringify(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }));
}

/** What a token says, unverified. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
}

async function toAnswered<Body>(response: Response): Promise<Answered<Body>> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as Body,
  };
}
