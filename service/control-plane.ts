import { createHmac } from 'node:crypto';
import { INTERNAL_AUTH_SCHEME, internalSigningInput } from '@muon/contract/internal.ts';
import { problemSchema, type ProblemCode } from '@muon/contract/problem.ts';
import { internalRoutes } from '@muon/contract/routes.ts';
import type * as z from 'zod';

type Operations = typeof internalRoutes;
type Operation = keyof Operations;
type Body<Name extends Operation> = z.input<Operations[Name]['body']>;
type Answer<Name extends Operation> = z.infer<Operations[Name]['response']>;

/** A request that the control plane refused, or that did not reach it (`code` absent). */
export class ControlPlaneError extends Error {
  override readonly name = 'ControlPlaneError';
  readonly code: ProblemCode | undefined;

  constructor(message: string, code?: ProblemCode, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** How long an answer may take before the caller tries again in its own rhythm. */
const TIMEOUT_MS = 10_000;

/** The internal API, as nodes and gateways call it: typed by the route registry, signed, one attempt a call. */
export class ControlPlane {
  readonly #url: string;
  readonly #secret: string;

  constructor(url: string, secret: string) {
    this.#url = url.replace(/\/$/, '');
    this.#secret = secret;
  }

  /** @throws ControlPlaneError when it is refused, unreachable or answers something else. */
  async call<Name extends Operation>(
    name: Name,
    body: Body<Name>,
    params: Record<string, string> = {},
  ): Promise<Answer<Name>> {
    const route = internalRoutes[name];
    const path = route.path.replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(params[key] ?? ''));
    const answer = await this.#post(path, JSON.stringify(body));
    const parsed = route.response.safeParse(answer);
    if (!parsed.success)
      throw new ControlPlaneError(`${name} was answered with something else`, undefined, { cause: parsed.error });
    return parsed.data as Answer<Name>;
  }

  async #post(path: string, body: string): Promise<unknown> {
    try {
      const response = await fetch(this.#url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: this.#sign('POST', path, body) },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const answer: unknown = await response.json();
      if (response.ok) return answer;
      const problem = problemSchema.safeParse(answer);
      throw new ControlPlaneError(
        problem.data?.detail ?? problem.data?.title ?? `HTTP ${response.status}`,
        problem.data?.code,
      );
    } catch (error) {
      if (error instanceof ControlPlaneError) throw error;
      throw new ControlPlaneError('The control plane cannot be reached', undefined, { cause: error });
    }
  }

  #sign(method: string, path: string, body: string): string {
    const t = Math.floor(Date.now() / 1000);
    const v = createHmac('sha256', this.#secret)
      .update(internalSigningInput(t, method, path, body))
      .digest('hex');
    return `${INTERNAL_AUTH_SCHEME} t=${t},v=${v}`;
  }
}
