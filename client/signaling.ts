import type { RESUME_WINDOW_MS, signalCloseCodes, signalParams } from '@muon/contract/signal.ts';
import type { RoomState, SignalNotice, signalNotices } from '@muon/contract/signal-notice.ts';
import { MuonError, type MuonErrorCode } from './errors.ts';
import { JsonRpcError, JsonRpcPeer } from './json-rpc.ts';
import { resumeDelayMs } from './reconnect.ts';
import { codeOfStatus, openSignalSocket, toCloseError } from './signal-socket.ts';

export type Params<Method extends keyof typeof signalParams> = (typeof signalParams)[Method]['_zod']['input'];

/** A notification of the node, by its name. */
export type Notice = {
  [Name in SignalNotice]: { readonly method: Name; readonly params: (typeof signalNotices)[Name]['_zod']['output'] };
}[SignalNotice];

/** How long the node keeps a session whose WebSocket broke. */
const WINDOW_MS: typeof RESUME_WINDOW_MS = 30_000;

/** How often the node has to show that it is there, and how long it may take. */
const PING_INTERVAL_MS = 5000;
const PING_TIMEOUT_MS = 4000;

/**
 * When the network has changed, nobody wants to wait for the answer of one that is gone: some round trips as they were lately
 * are enough, within these bounds. Whoever is taken for gone by mistake is found again over the next WebSocket.
 */
const CHECK_TIMEOUT_MS = { least: 300, most: 1500 };
const CHECK_ROUND_TRIPS = 4;

/** How long the node may take to answer a resumption. */
const RESUME_TIMEOUT_MS = 5000;

/** Refused connections in a row, after which the media says whether the node is gone. */
const REFUSALS = 2;
const FAST_MS = 1000;

/** Closes that are decisions of the node; whatever else ends a WebSocket may be the network. */
const FIRST_DECISION: (typeof signalCloseCodes)['invalidRequest'] = 4400;

export interface SignalingListener {
  noticed(notice: Notice): void;
  /** An offer or a candidate of the node, as ion-sfu sends them. */
  negotiated(method: 'offer' | 'trickle', params: unknown): void;
  /** The WebSocket broke, and is being resumed; media goes on. */
  interrupted(): void;
  /** All that there is to know, after an interruption. */
  resumed(state: RoomState): void;
  /** Whether media has come lately: a node that sends it lives. */
  mediaFlows(): Promise<boolean>;
  /** It cannot go on; once, and not after `close`. */
  lost(error: MuonError): void;
}

/** The conversation with a node, which outlives the WebSocket that it is held over. */
export class Signaling {
  readonly #url: string;
  readonly #accessToken: string;
  readonly #listener: SignalingListener;
  #socket: WebSocket;
  #rpc: JsonRpcPeer;
  #resumeToken: string | undefined;
  #up = Promise.withResolvers<undefined>();
  #checking = false;
  #answerByMs = Infinity;
  #answerTimer: ReturnType<typeof setTimeout> | undefined;
  /** Of the latest ping that was answered. */
  #roundTripMs = Infinity;
  #resuming = false;
  #closed = false;
  readonly #pinging: ReturnType<typeof setInterval>;

  /** @throws MuonError `unreachable` */
  static async open(
    { url, accessToken }: { readonly url: string; readonly accessToken: string },
    listener: SignalingListener,
  ): Promise<Signaling> {
    return new Signaling(await openSignalSocket({ url, accessToken }), { url, accessToken }, listener);
  }

  private constructor(
    socket: WebSocket,
    { url, accessToken }: { readonly url: string; readonly accessToken: string },
    listener: SignalingListener,
  ) {
    this.#url = url;
    this.#accessToken = accessToken;
    this.#listener = listener;
    this.#socket = socket;
    this.#rpc = this.#attach(socket);
    this.#up.resolve(undefined);
    this.#pinging = setInterval(() => void this.check(PING_TIMEOUT_MS), PING_INTERVAL_MS);
  }

  /**
   * Asks the node; while the WebSocket is broken, that waits for the next one.
   *
   * @throws JsonRpcError when it is refused; MuonError `interrupted` when the WebSocket broke before the answer.
   */
  async request<Method extends keyof typeof signalParams>(method: Method, params: Params<Method>): Promise<unknown> {
    await this.#up.promise;
    return this.#rpc.request(method, params);
  }

  /** Tells the node; while the WebSocket is broken, nothing. */
  notify<Method extends keyof typeof signalParams>(method: Method, params: Params<Method>): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#rpc.notify(method, params);
  }

  /** Looks whether the node still answers; when it does not, the conversation goes on over a new WebSocket. */
  async check(timeoutMs = this.#patienceMs): Promise<void> {
    if (this.#resuming || this.#closed || this.#resumeToken === undefined) return;
    this.#expectAnswer(timeoutMs);
    if (this.#checking) return;
    this.#checking = true;
    const askedMs = performance.now();
    try {
      await this.#rpc.request('ping', {});
      this.#roundTripMs = performance.now() - askedMs;
    } catch {
      // It broke meanwhile, and is being resumed.
    }
    clearTimeout(this.#answerTimer);
    this.#answerByMs = Infinity;
    this.#checking = false;
  }

  /** While one waits in no hurry, another may: the network has changed. */
  #expectAnswer(timeoutMs: number): void {
    const byMs = performance.now() + timeoutMs;
    if (byMs >= this.#answerByMs) return;
    this.#answerByMs = byMs;
    clearTimeout(this.#answerTimer);
    const socket = this.#socket;
    this.#answerTimer = setTimeout(() => this.#broke(socket, 1006, 'no answer'), timeoutMs);
  }

  get #patienceMs(): number {
    const { least, most } = CHECK_TIMEOUT_MS;
    return Math.min(most, Math.max(least, CHECK_ROUND_TRIPS * this.#roundTripMs));
  }

  close(): void {
    this.#end(new MuonError('left', 'The connection was closed'));
    this.#socket.close(1000);
  }

  #attach(socket: WebSocket): JsonRpcPeer {
    const rpc = new JsonRpcPeer(
      (text) => socket.send(text),
      (method, params) => this.#noticed(method, params),
    );
    socket.addEventListener('message', ({ data }) => rpc.receive(String(data)));
    socket.addEventListener('close', ({ code, reason }) => this.#broke(socket, code, reason));
    return rpc;
  }

  #noticed(method: string, params: unknown): void {
    if (method === 'offer' || method === 'trickle') return this.#listener.negotiated(method, params);
    if (method === 'room') this.#entered(params as RoomState);
    this.#listener.noticed({ method, params } as Notice);
  }

  /** From now on the conversation can be resumed; how long a round trip takes is good to know before that is needed. */
  #entered({ resumeToken }: RoomState): void {
    this.#resumeToken = resumeToken;
    void this.check(PING_TIMEOUT_MS);
  }

  #broke(socket: WebSocket, code: number, reason: string): void {
    if (socket !== this.#socket || this.#closed || this.#resuming) return;
    const decided = code >= FIRST_DECISION && code <= 4999;
    if (decided || this.#resumeToken === undefined) return this.#lose(toCloseError(code, reason));
    this.#resuming = true;
    this.#up = Promise.withResolvers();
    this.#up.promise.catch(() => undefined);
    this.#rpc.close(new MuonError('interrupted', 'The connection to the media node broke'));
    socket.close();
    this.#listener.interrupted();
    void this.#resume(toCloseError(code, reason));
  }

  async #resume(cause: MuonError): Promise<void> {
    const startedMs = performance.now();
    let refusals = 0;
    for (let attempt = 0; performance.now() - startedMs < WINDOW_MS; attempt += 1) {
      await new Promise((resolve) => setTimeout(resolve, resumeDelayMs(attempt)));
      if (this.#closed) return;
      const triedMs = performance.now();
      try {
        const state = await this.#resumeOnce();
        if (this.#closed) return;
        this.#resuming = false;
        this.#listener.resumed(state);
        this.#up.resolve(undefined);
        // Broken again before anybody listened.
        if (this.#socket.readyState !== WebSocket.OPEN) this.#broke(this.#socket, 1006, '');
        return;
      } catch (error) {
        if (error instanceof JsonRpcError) return this.#lose(toMuonError(error));
      }
      refusals = performance.now() - triedMs < FAST_MS && !isOffline() ? refusals + 1 : 0;
      if (refusals >= REFUSALS && !(await this.#listener.mediaFlows())) break;
    }
    this.#lose(cause);
  }

  async #resumeOnce(): Promise<RoomState> {
    const socket = await openSignalSocket({ url: this.#url, accessToken: this.#accessToken });
    if (this.#closed) socket.close(1000);
    this.#socket = socket;
    this.#rpc = this.#attach(socket);
    const timer = setTimeout(() => socket.close(), RESUME_TIMEOUT_MS);
    const broken = new Promise<never>((_, reject) => {
      const fail = (): void => reject(new MuonError('unreachable', 'The media node did not answer'));
      socket.addEventListener('close', fail, { once: true });
      setTimeout(fail, RESUME_TIMEOUT_MS);
    });
    try {
      const answer = this.#rpc.request('resume', { resumeToken: this.#resumeToken ?? '' });
      const state = (await Promise.race([answer, broken])) as RoomState;
      this.#resumeToken = state.resumeToken;
      return state;
    } finally {
      clearTimeout(timer);
    }
  }

  #lose(error: MuonError): void {
    if (this.#closed) return;
    this.#end(error);
    this.#socket.close(1000);
    this.#listener.lost(error);
  }

  #end(error: MuonError): void {
    this.#closed = true;
    clearInterval(this.#pinging);
    this.#rpc.close(error);
    this.#up.reject(error);
  }
}

/** Whether this device has no network at all; where nobody can tell, it has. */
function isOffline(): boolean {
  const { navigator } = globalThis as { navigator?: { onLine?: boolean } };
  return navigator?.onLine === false;
}

/** Any error as one that callers can tell apart. */
export function toMuonError(error: unknown): MuonError {
  if (error instanceof MuonError) return error;
  if (error instanceof JsonRpcError) {
    const code = (error.code ?? codeOfStatus(error.number)) as MuonErrorCode;
    return new MuonError(code, 'The media node refused', { detail: error.message || undefined, cause: error });
  }
  return new MuonError('unreachable', 'The media could not be set up', { detail: String(error), cause: error });
}
