import { EventEmitter } from 'node:events';
import { headerOf, parseSip, type SipRequest, type SipResponse } from '@muon/wire/sip/message.ts';
import { RateLimit } from '../rate-limit.ts';
import { badRequest, isNewCall, judge, TOO_FAST, type Answer } from '../request-rules.ts';
import type { SignalingCommand, SignalingEvents, SignalingOptions, SipSignaling } from '../signaling.ts';
import { Agent, OWN_HOST } from './agent.ts';
import type { DialogSnapshot } from './dialog-snapshot.ts';
import { routeOf, type Flow } from './flow.ts';
import { Repeater } from './repeater.ts';
import { receiveRequest, toCanonical, toCanonicalResponse, writeAnswer, type Received } from './canonical.ts';
import { ServerTransactions } from './server-transactions.ts';
import { Sockets } from './sockets.ts';

export interface SipjsEvents extends SignalingEvents {
  /** An answered call, as it would have to be adopted after a crash. */
  dialog: [call: string, dialog: DialogSnapshot];
}

/** How often timers are looked at. */
const POLL_MS = 100;

/** How long the last words to phones may take. */
const FAREWELL_MS = 1000;

const TOO_BUSY: Answer = { status: 503, phrase: 'Too busy', headers: [['Retry-After', '5']] };

/**
 * SIP by the core of sip.js on sockets of our own. What sip.js cannot bear or does not do is done around it: requests
 * are read, judged and rewritten before it sees them, repeated and answered again as UDP needs it, and whatever it
 * throws costs one message.
 */
export class SipjsSignaling extends EventEmitter<SipjsEvents> implements SipSignaling {
  readonly counters: Record<string, number> = {};
  readonly #options: SignalingOptions;
  readonly #sockets: Sockets;
  readonly #transactions: ServerTransactions;
  /** Requests of our own that are not answered yet, by branch. */
  readonly #requests: Repeater;
  readonly #rate: RateLimit;
  readonly #agent: Agent;
  readonly #timer: NodeJS.Timeout;

  constructor(options: SignalingOptions) {
    super();
    this.#options = options;
    const onRepeat = (): void => this.#count('repeated');
    this.#rate = new RateLimit(options.callsPerSecond);
    this.#requests = new Repeater(onRepeat);
    this.#sockets = new Sockets({
      ...options,
      receive: (bytes, flow) => this.#receive(bytes, flow),
      count: (name) => this.#count(name),
    });
    this.#transactions = new ServerTransactions({ send: (text, flow) => this.#sockets.send(text, flow), onRepeat });
    this.#agent = new Agent({
      sendResponse: (text) => this.#sendResponse(text),
      sendRequest: (text, flow) => this.#sendRequest(text, flow),
      emit: (event) => this.emit('event', event),
      keep: (call, dialog) => this.emit('dialog', call, dialog),
    });
    this.#timer = setInterval(() => this.#poll(), POLL_MS);
  }

  /** @throws Error when the port is taken. */
  listen(): Promise<void> {
    return this.#sockets.listen();
  }

  send(command: SignalingCommand): void {
    this.#guard(() => this.#agent.carryOut(command));
  }

  /** Goes on with a call of a process that died. */
  adopt(call: string, dialog: DialogSnapshot): void {
    this.#guard(() => this.#agent.adopt(call, dialog));
  }

  async close(): Promise<void> {
    const deadlineMs = performance.now() + FAREWELL_MS;
    while (this.#requests.size > 0 && performance.now() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS / 4));
    }
    clearInterval(this.#timer);
    this.#sockets.close();
  }

  #receive(bytes: Uint8Array, flow: Flow): void {
    this.#count('received');
    try {
      const message = parseSip(bytes);
      if (message.kind === 'request') this.#receiveRequest(message, flow);
      else this.#receiveResponse(message);
    } catch {
      this.#count('malformed');
    }
  }

  #receiveRequest(request: SipRequest, flow: Flow): void {
    const received = receiveRequest(request, flow);
    if (!received) return this.#count('malformed');
    const standing = this.#open(received);
    if (standing === 'full') return this.#count('overload');
    if (standing !== 'new') this.#count('absorbed');
    if (standing === 'repeated') return;
    const answer = judge(received.request) ?? (standing === 'new' ? this.#limit(received) : undefined);
    if (answer) this.#answer(received, answer);
    else this.#pass(received);
  }

  #open({ request, id, answerVia, flow }: Received): ReturnType<ServerTransactions['open']> {
    if (request.method !== 'ACK') return this.#transactions.open(id, request.method, { via: answerVia, flow });
    this.#transactions.acknowledge(id);
    return 'new';
  }

  #receiveResponse(response: SipResponse): void {
    const [via = ''] = response.headers.get('via') ?? [];
    const key = requestKey(via, headerOf(response, 'cseq') ?? '');
    if (response.status < 200) return;
    if (!this.#requests.stop(key)) return this.#count('unexpected-responses');
    this.#guard(() => this.#agent.receiveResponse(toCanonicalResponse(response)));
  }

  /** New calls that come faster than they may. */
  #limit({ request }: Received): Answer | undefined {
    if (!isNewCall(request) || this.#rate.admits(performance.now())) return undefined;
    this.#count('too-fast');
    return TOO_FAST;
  }

  #pass(received: Received): void {
    const understood = this.#guard(() => this.#agent.receiveRequest(toCanonical(received), received.flow));
    if (understood === true) return;
    this.#answer(received, understood === false ? badRequest('Request') : TOO_BUSY);
  }

  #answer(received: Received, answer: Answer): void {
    const { method } = received.request;
    if (method === 'ACK') return;
    this.#count(`answered-${answer.status}`);
    this.#transactions.answer(received.id, method, writeAnswer(received, answer));
  }

  /** What `act` gives; undefined when it throws, which costs this one message and nothing else. */
  #guard<Value>(act: () => Value): Value | undefined {
    try {
      return act();
    } catch {
      this.#count('thrown');
      return undefined;
    }
  }

  #sendResponse(text: string): void {
    const status = Number(text.slice(8, 11));
    const id = /^Via:.*;branch=([^;\s]+)/im.exec(text)?.[1] ?? '';
    const method = /^CSeq: *\d+ +([A-Z]+)/im.exec(text)?.[1] ?? '';
    const flow = this.#transactions.flowOf(id, method);
    if (!flow) return;
    this.#transactions.respond(id, { method, status }, (via) =>
      this.#fillIn(
        text.replace(/^Via:.*$/im, () => `Via: ${via}`),
        flow,
      ),
    );
  }

  #sendRequest(text: string, flow: Flow): void {
    const message = this.#fillIn(text, flow);
    const via = /^Via: *(.*)$/im.exec(message)?.[1] ?? '';
    const cseq = /^CSeq: *(.*)$/im.exec(message)?.[1] ?? '';
    const target = routeOf(message, flow);
    const send = (): void => this.#sockets.send(message, target);
    this.#requests.start(requestKey(via, cseq), send, performance.now());
  }

  /** Puts the gateway's own address where sip.js has a stand-in. */
  #fillIn(text: string, { transport }: Flow): string {
    const { advertisedAddress, port } = this.#options;
    const own = `${advertisedAddress}:${port}`;
    return text
      .replace(`SIP/2.0/UDP ${OWN_HOST}`, () => `SIP/2.0/${transport} ${own}`)
      .replace(`@${OWN_HOST}>`, () => `@${own}${transport === 'TCP' ? ';transport=tcp' : ''}>`);
  }

  #poll(): void {
    const nowMs = performance.now();
    this.#transactions.poll(nowMs);
    this.#requests.poll(nowMs);
  }

  #count(name: string): void {
    this.counters[name] = (this.counters[name] ?? 0) + 1;
  }
}

/** Tells a request of ours, and so the responses to it (RFC 3261 section 17.1.3). */
function requestKey(via: string, cseq: string): string {
  return `${/;branch=([^;\s]+)/i.exec(via)?.[1]} ${cseq.trim().split(/\s+/)[1]}`;
}
