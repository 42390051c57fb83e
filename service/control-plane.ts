import { problemSchema, type ProblemCode } from '@muon/contract/problem.ts';
import { internalRoutes } from '@muon/contract/routes.ts';
import type * as z from 'zod';
import type { RequestSigner } from './request-signer.ts';

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
  readonly #sign: RequestSigner;

  constructor(url: string, sign: RequestSigner) {
    this.#url = url.replace(/\/$/, '');
    this.#sign = sign;
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
      const url = new URL(this.#url + path);
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(await this.#sign({ method: 'POST', url, body })) },
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
}
