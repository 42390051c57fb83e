import { IDEMPOTENCY_HEADER, REPLAYED_HEADER } from '@muon/contract/idempotency.ts';
import { isConditional, isRepeatable, type Route } from '@muon/contract/routes.ts';
import { IF_MATCH_HEADER, toETag } from '@muon/contract/revision.ts';
import type { Scope } from '@muon/contract/scope.ts';
import type { JoinClaims } from '@muon/contract/token.ts';
import type { Context as HonoContext } from 'hono';
import { HonoBase } from 'hono/hono-base';
import { TrieRouter } from 'hono/router/trie-router';
import type { ApiKey } from '../domain/api-key.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Context } from '../operations/context.ts';
import { readStreamKey } from '../operations/ingresses.ts';
import { once } from '../operations/once.ts';
import { checkSpeaksFor, toInstance } from './iam-caller.ts';
import { MAX_BODY_BYTES, parseInput, readIdempotencyKey, readIfMatch } from './input.ts';
import { toBareErrorResponse, toProblemResponse } from './problem.ts';
import { verifySignature } from './signature.ts';

/** Where unknown errors are written. */
export interface ErrorLog {
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface AppOptions<Name extends string> {
  readonly routes: Readonly<Record<Name, Route>>;
  /** A use case for each of the routes; typed by {@link Operations} where they are defined. */
  readonly operations: Readonly<Record<Name, unknown>>;
  readonly context: Context;
  /** Signs internal requests; `iam` when API Gateway has verified who sends them. */
  readonly internalSecret: string;
  readonly log: ErrorLog;
}

/** What the handler knows of a request besides what is in it. */
interface Env {
  Bindings: { readonly requestId?: string; readonly callerArn?: string };
}

type Handle = (context: Context, input: unknown) => Promise<unknown>;

/** The HTTP side of a set of routes: authenticates, validates, calls the operation, and makes problems of refusals. */
export function createApp<Name extends string>(options: AppOptions<Name>): HonoBase<Env> {
  const app = new HonoBase<Env>({ router: new TrieRouter() });
  const methods = new Map<string, string[]>();
  for (const [name, route] of Object.entries<Route>(options.routes)) {
    const path = toHonoPath(route.path);
    methods.set(path, [...(methods.get(path) ?? []), route.method]);
    const handle = options.operations[name as Name] as Handle;
    app.on(route.method, path, (c) => answer(c, route, handle, options));
  }
  for (const [path, allowed] of methods)
    app.all(path, (c) =>
      toProblemResponse(new Refusal('method-not-allowed', `${c.req.path} has ${allowed.join(', ')}.`), requestIdOf(c), {
        allow: allowed.join(', '),
      }),
    );
  app.notFound((c) => toProblemResponse(new Refusal('not-found', 'There is nothing at this path.'), requestIdOf(c)));
  app.onError((error, c) => {
    const requestId = requestIdOf(c);
    if (error instanceof Refusal) return toProblemResponse(error, requestId);
    options.log.error({ err: error, requestId, method: c.req.method, path: c.req.path }, 'a request failed');
    return toBareErrorResponse(requestId);
  });
  return app;
}

async function answer<Name extends string>(
  c: HonoContext<Env>,
  route: Route,
  handle: Handle,
  options: AppOptions<Name>,
): Promise<Response> {
  const body = await readBody(c);
  const { key, claims, instance } = await authenticate(c, route, body, options);
  const input = parseInput(route, { params: c.req.param(), query: c.req.query(), body });
  if (instance !== undefined) checkSpeaksFor(instance, input);
  const ifMatch = isConditional(route) ? readIfMatch(c.req.header(IF_MATCH_HEADER)) : undefined;
  const run = async (random = options.context.random): Promise<string> =>
    JSON.stringify(await handle({ ...options.context, random }, { ...input, key, claims, ifMatch })) ?? '';
  const idempotencyKey = key && isRepeatable(route) ? readIdempotencyKey(c.req.header(IDEMPOTENCY_HEADER)) : undefined;
  const { answer: text, replayed } =
    key && idempotencyKey
      ? await once(options.context, { owner: key.id, idempotencyKey, request: [route.method, c.req.path, body] }, run)
      : { answer: await run(), replayed: false };
  if (replayed) c.header(REPLAYED_HEADER, 'true');
  c.header('cache-control', 'no-store');
  if (!route.response) return c.body(null, 204);
  const { revision, location } = JSON.parse(text) as { revision?: number; location?: string };
  if (route.status === 307) return c.body(null, 307, { location: location! });
  if (revision !== undefined) c.header('etag', toETag(revision));
  return c.body(text, route.status as 200, { 'content-type': 'application/json' });
}

/** Whom the request is from: an API key, the holder of a join token, or an EC2 instance. */
interface Caller {
  readonly key?: ApiKey;
  readonly claims?: JoinClaims;
  readonly instance?: string;
}

async function authenticate<Name extends string>(
  c: HonoContext<Env>,
  { auth }: Route,
  body: string,
  { context, internalSecret }: AppOptions<Name>,
): Promise<Caller> {
  const authorization = c.req.header('authorization');
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  switch (auth.kind) {
    case 'key':
      return { key: await authorizeKey(context, bearer, auth.scope) };
    case 'join':
      if (bearer === undefined) throw new Refusal('unauthenticated', 'Send the join token as bearer token.');
      return { claims: await verifyJoin(context, bearer, auth) };
    default: {
      if (internalSecret === 'iam') return { instance: toInstance(c.env.callerArn) };
      const path = new URL(c.req.url).pathname;
      verifySignature(internalSecret, { authorization, method: c.req.method, path, body }, context.clock());
      return {};
    }
  }
}

async function authorizeKey(context: Context, bearer: string | undefined, scope: Scope): Promise<ApiKey> {
  const key = await context.keyRing.authorize(bearer, scope);
  context.limits.key.take(key.id, context.clock());
  return key;
}

async function verifyJoin(
  context: Context,
  bearer: string,
  { streamKeys = false }: { readonly streamKeys?: boolean },
): Promise<JoinClaims> {
  const ofIngress = streamKeys ? await readStreamKey(context, bearer) : undefined;
  const claims = ofIngress ?? (await context.signer.verifyJoin(bearer));
  context.limits.join.take(claims.jti, context.clock());
  return claims;
}

async function readBody(c: HonoContext<Env>): Promise<string> {
  const bytes = await c.req.arrayBuffer();
  if (bytes.byteLength > MAX_BODY_BYTES)
    throw new Refusal('body-too-large', `A body has at most ${MAX_BODY_BYTES} bytes.`);
  return new TextDecoder().decode(bytes);
}

/** `/v1/rooms/{room}` as Hono writes it. */
function toHonoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

/** The id that API Gateway gave the request. */
function requestIdOf(c: HonoContext<Env>): string {
  return c.env?.requestId ?? 'unknown';
}
