import { ingressOf } from '@muon/functions/domain/ingress.ts';
import { claimsOf } from '@muon/functions/http/world.fixture.ts';
import { type Answered, checkAnswer, codeOf } from './answers.ts';
import type { Described } from './description.ts';
import { Known } from './known.ts';
import { type Draft, toWire, type Wire } from './requests.ts';

/** Where the nodes are; a room may be bound to a region that has none. */
const REGION = 'local';

/** Those that go on when a room cannot be placed. */
const placing = new Set(['join', 'whip', 'whep']);

/** Takes a request to the API and brings the answer. */
export type Exchange = (url: URL, wire: Wire) => Promise<Answered>;

/** Where the path of a request is looked at; who brings it there knows where that is. */
const ORIGIN = 'http://localhost';

/** Sends requests and holds each answer against openapi.yaml. */
export class Requester {
  readonly known: Known;
  /** How often each operation answered what: a status or, refusing, a code. */
  readonly tally = new Map<string, Map<string, number>>();
  readonly #exchange: Exchange;
  readonly #apiKey: string;

  constructor(exchange: Exchange, apiKey: string) {
    this.#exchange = exchange;
    this.#apiKey = apiKey;
    this.known = new Known([`ak_${apiKey.split('_')[1]!}`, 'nd_1']);
  }

  /** @throws Error with request and answer when the answer is not as described */
  async send(draft: Draft): Promise<void> {
    const filled = toWire(draft, this.known, this.#apiKey);
    await Promise.all(Array.from({ length: draft.times }, () => this.#sendOnce(filled)));
  }

  async #sendOnce({ wire, params }: ReturnType<typeof toWire>): Promise<void> {
    const url = new URL(`/${wire.segments.join('/')}?${wire.query}`, ORIGIN);
    const answered = await this.#exchange(url, wire);
    try {
      const described = checkAnswer(wire.method, url.pathname, answered);
      await this.#checkCapacity(described, wire, answered);
      if (described) this.#note(described, params, answered);
    } catch (error) {
      const sent = JSON.stringify({ ...wire, rawBody: wire.rawBody?.toString('latin1') }).slice(0, 3000);
      const { status, headers, text } = answered;
      const got = JSON.stringify({ status, headers, text }).slice(0, 3000);
      throw new Error(`${(error as Error).message}\nsent ${url.pathname.slice(0, 500)} ${sent}\ngot ${got}`, {
        cause: error,
      });
    }
  }

  /** No 5xx but `no-node-available`, for a room that is bound to a region without nodes. */
  async #checkCapacity(described: Described | undefined, wire: Wire, answered: Answered): Promise<void> {
    if (answered.status < 500) return;
    if (!placing.has(described?.operation.operationId ?? '') || codeOf(answered) !== 'no-node-available')
      throw new Error(`answered ${answered.status}`);
    const room = await this.#roomOf(wire.headers['authorization']!.split(' ')[1]!);
    if (room && (room.region ?? REGION) === REGION) throw new Error('no node for a room that any node takes');
  }

  /** The room that a token or stream key is for; undefined when it is gone by now. */
  async #roomOf(bearer: string): Promise<{ readonly region?: string } | undefined> {
    const ingress = ingressOf(bearer);
    const id = ingress
      ? (await this.#read<{ room: { id: string } }>(`/v1/ingresses/${ingress}`))?.room.id
      : String(claimsOf(bearer)['room']);
    return id === undefined ? undefined : this.#read(`/v1/rooms/${id}`);
  }

  async #read<Body>(path: string): Promise<Body | undefined> {
    const headers = { authorization: `Bearer ${this.#apiKey}` };
    const wire: Wire = { method: 'GET', segments: [], query: '', headers, body: undefined };
    const { status, text } = await this.#exchange(new URL(path, ORIGIN), wire);
    return status === 200 ? (JSON.parse(text) as Body) : undefined;
  }

  #note({ method, operation }: Described, params: Readonly<Record<string, string>>, answered: Answered): void {
    const { operationId, responses } = operation;
    const outcome = codeOf(answered) ?? String(answered.status);
    const outcomes = this.tally.get(operationId) ?? new Map<string, number>();
    this.tally.set(operationId, outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1));
    if (answered.status >= 300) return;
    if (answered.status === 204 && method === 'DELETE' && operationId !== 'removeParticipant')
      this.known.forget(Object.values(params).at(-1)!);
    const schema = responses[answered.status]?.content?.['application/json']?.schema;
    if (schema) this.known.learn(JSON.parse(answered.text), schema, { operationId, params });
  }
}
