import type { Problem } from '@muon/contract/problem.ts';
import { MuonError } from './errors.ts';
import { operations, type Answer, type Operation, type Request } from './operations.ts';

/** How long an answer may take. */
const TIMEOUT_MS = 15_000;

export interface ApiOptions {
  /** Where the API is, as `https://video.example.com`; in a browser, the page's own origin when absent. */
  readonly apiUrl?: string;
  /** An API key, or the join token for `join`. Keys are for back ends: never ship one in a page. */
  readonly key: string;
}

/** The REST API, typed by the contract: `api.call('createRoom', { body: { name: 'algebra-101' } })`. */
export class Api {
  readonly #url: string;
  readonly #key: string;

  constructor({ apiUrl = globalThis.location?.origin ?? '', key }: ApiOptions) {
    this.#url = apiUrl.replace(/\/$/, '');
    this.#key = key;
  }

  /** @throws MuonError with the problem's code when it is refused, or `unreachable`. */
  async call<Name extends Operation>(name: Name, request: Request<Name>): Promise<Answer<Name>> {
    const { method, path, body } = toHttp(name, request as RequestParts);
    const response = await this.#send(method, path, body);
    if (!response.ok) throw await toError(response);
    return (response.status === 204 ? undefined : await response.json()) as Answer<Name>;
  }

  async #send(method: string, path: string, body: string | undefined): Promise<Response> {
    try {
      return await fetch(this.#url + path, {
        method,
        headers: { authorization: `Bearer ${this.#key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
        body: body ?? null,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (cause) {
      const detail = 'The Muon API did not answer. Is it running, and is this device online?';
      throw new MuonError('unreachable', 'The API cannot be reached', { detail, cause });
    }
  }
}

interface RequestParts {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
}

/** An operation as HTTP: its path filled in, its query and body written out. */
export function toHttp(name: Operation, { params = {}, query = {}, body }: RequestParts) {
  const [method = '', template = ''] = operations[name].split(' ');
  const path = template.replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(params[key] ?? ''));
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  );
  return {
    method,
    path: search.size > 0 ? `${path}?${search}` : path,
    body: body === undefined ? undefined : JSON.stringify(body),
  };
}

async function toError(response: Response): Promise<MuonError> {
  try {
    const problem = (await response.json()) as Partial<Problem>;
    if (problem.code && problem.title) return MuonError.fromProblem(problem as Problem);
  } catch {
    // Not JSON: something other than the API has answered.
  }
  const detail = `Something answered with HTTP ${response.status} in place of the API.`;
  return new MuonError('internal-error', 'The API gave no usable answer', { status: response.status, detail });
}
