import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { BlockList } from 'node:net';
import { toId } from '@muon/contract/id.ts';
import { toBlockList } from '@muon/service/address-list.ts';
import type { Log } from '@muon/service/log.ts';
import { headerOf, parseSip, type SipMessage, type SipRequest } from '@muon/wire/sip/message.ts';
import type { Refusal } from '../../call/refusal.ts';
import { RateLimit } from '../rate-limit.ts';
import { badRequest, isNewCall, judge, reasonOf, TOO_FAST, toSipUri, userOf, type Answer } from '../request-rules.ts';
import type {
  SignalingBackend,
  SignalingCommand,
  SignalingEvent,
  SignalingEvents,
  SignalingOptions,
} from '../signaling.ts';
import type { FromDaemon } from './control-message.ts';
import { DaemonConnection, type DaemonAddress } from './daemon-connection.ts';

/** A call, as far as its signalling goes. */
interface DrachtioCall {
  readonly id: string;
  readonly transport: string;
  /** What waits for its final response: the INVITE, or one within the call. */
  transaction: string | undefined;
  /** The daemon's name for the call, once it has one. */
  dialog: string | undefined;
  answered: boolean;
  /** The phone has our latest answer. */
  acknowledged: boolean;
  /** To hang up as soon as the phone has acknowledged our answer (RFC 3261 section 15). */
  ending: Refusal | undefined;
}

type Incoming = FromDaemon & { type: 'sip' };

type Header = readonly [string, string];

/** How long the daemon is waited for at first; a gateway without one has nothing to do, but is not wrong either. */
const START_MS = 5000;

/** How long the last words to phones may take. */
const FAREWELL_MS = 1000;

/** What the daemon is content with, may still be no address. */
const ADDRESS = /^sip:(?:[^@]*@)?(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?(?:[;?].*)?$/i;

const NOT_ALLOWED: Answer = { status: 403, phrase: 'Forbidden' };
const NO_CALL: Answer = { status: 481, phrase: 'Call/Transaction Does Not Exist' };
const OK: Answer = { status: 200, phrase: 'OK' };
const TRYING: Answer = { status: 100, phrase: 'Trying' };
const RINGING: Answer = { status: 180, phrase: 'Ringing' };
const TERMINATED: Answer = { status: 487, phrase: 'Request Terminated' };

/**
 * SIP by drachtio-server, which keeps transactions, dialogs and timers; here is decided what is said. A daemon that is
 * lost takes with it what it knew of calls, but not their sound: they go on until one side hangs up or is silent.
 */
export class DrachtioSignaling extends EventEmitter<SignalingEvents> implements SignalingBackend {
  readonly counters: Record<string, number> = {};
  readonly #options: SignalingOptions;
  readonly #allowed: BlockList | undefined;
  readonly #rate: RateLimit;
  readonly #daemon: DaemonConnection;
  readonly #log: Log;
  readonly #calls = new Map<string, DrachtioCall>();
  /** The calls that wait for an answer of ours. */
  readonly #byTransaction = new Map<string, DrachtioCall>();
  readonly #byDialog = new Map<string, DrachtioCall>();
  #commands = 0;
  /** What we hung up on, and the phone has not confirmed. */
  #farewells = 0;

  /** Waits for the daemon, but not for ever. */
  static async start(options: SignalingOptions, daemon: DaemonAddress, log: Log): Promise<DrachtioSignaling> {
    const signaling = new DrachtioSignaling(options, daemon, log);
    const up = once(signaling.#daemon, 'up', { signal: AbortSignal.timeout(START_MS) });
    signaling.#daemon.open();
    await up.catch(() => log.error('drachtio-server is not there; no phone can call until it is'));
    return signaling;
  }

  private constructor(options: SignalingOptions, daemon: DaemonAddress, log: Log) {
    super();
    this.#options = options;
    this.#log = log;
    this.#allowed = options.allowedSources.length > 0 ? toBlockList(options.allowedSources) : undefined;
    this.#rate = new RateLimit(options.callsPerSecond);
    this.#daemon = new DaemonConnection(daemon);
    let wasUp = true;
    this.#daemon.on('up', () => {
      wasUp = true;
      log.info('drachtio-server is there');
    });
    this.#daemon.on('down', (reason) => {
      if (wasUp) this.#lose(reason);
      wasUp = false;
    });
    this.#daemon.on('message', (message) => this.#guard(() => this.#receive(message)));
  }

  get listening(): boolean {
    return this.#daemon.isUp;
  }

  send(command: SignalingCommand): void {
    const call = this.#calls.get(command.call);
    if (!call) return;
    switch (command.type) {
      case 'ring':
        return this.#respond(call.transaction, RINGING, { call });
      case 'accept':
        return this.#accept(call, command.sdp);
      case 'refuse':
        return this.#refuse(call, command.refusal);
      case 'hangUp':
        return this.#hangUp(call, command.ending);
      default:
        command satisfies never;
    }
  }

  async close(): Promise<void> {
    const deadlineMs = performance.now() + FAREWELL_MS;
    while (this.#farewells > 0 && this.listening && performance.now() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    this.#daemon.close();
  }

  #receive(message: FromDaemon): void {
    if (message.type === 'result') return this.#receiveResult(message);
    if (message.type !== 'sip') return;
    this.#count('received');
    const sip = readSip(message.message);
    if (!sip) {
      this.#count('malformed');
      if (message.source === 'network') this.#answer(message, badRequest('Request'));
    } else if (sip.kind === 'response') this.#receiveResponse(sip);
    else if (message.source === 'application') this.#given(message);
    else this.#receiveRequest(sip, message);
  }

  /** What became of a command of ours; the daemon tells its name for a call with the first one that it carried out. */
  #receiveResult({ id, ok, dialog }: FromDaemon & { type: 'result' }): void {
    const [, verb, callId = ''] = id.split('.');
    if (!ok) this.#count('refused-by-daemon');
    if (!ok && verb === 'BYE') this.#farewells = Math.max(0, this.#farewells - 1);
    const call = this.#calls.get(callId);
    if (!ok || !call || dialog === '' || call.dialog !== undefined) return;
    call.dialog = dialog;
    this.#byDialog.set(dialog, call);
  }

  #receiveResponse(response: SipMessage): void {
    if (/\sBYE$/.test(headerOf(response, 'cseq') ?? '')) this.#farewells = Math.max(0, this.#farewells - 1);
  }

  /** The daemon hung up by itself: nothing that it said was acknowledged. */
  #given({ dialog }: Incoming): void {
    const call = this.#byDialog.get(dialog);
    if (!call) return;
    this.#forget(call);
    this.emit('event', { type: 'lost', call: call.id, reason: 'no ACK came' });
  }

  #receiveRequest(request: SipRequest, incoming: Incoming): void {
    const call = this.#byDialog.get(incoming.dialog);
    if (request.method === 'CANCEL') return this.#cancelled(incoming);
    if (request.method === 'ACK') return call && this.#acknowledged(call, request);
    const answer = this.#judge(request, incoming);
    if (answer) {
      this.#count(`answered-${answer.status}`);
      return this.#answer(incoming, answer);
    }
    if (request.method === 'BYE') this.#hungUp(call, incoming);
    else if (isNewCall(request)) this.#invited(request, incoming);
    else if (call) this.#offered(call, request, incoming);
    else this.#answer(incoming, NO_CALL);
  }

  /** What the request is answered at once. */
  #judge(request: SipRequest, { address }: Incoming): Answer | undefined {
    if (this.#allowed && !this.#allowed.check(address)) {
      this.#count('strangers');
      return NOT_ALLOWED;
    }
    const answer =
      judge(request) ??
      (ADDRESS.test(toSipUri(request.uri) ?? '') ? undefined : badRequest('Request-URI')) ??
      // The daemon names calls by it, in fields that this divides.
      (headerOf(request, 'call-id')?.includes('|') ? badRequest('Call-ID') : undefined);
    if (answer || !isNewCall(request) || this.#rate.admits(performance.now())) return answer;
    this.#count('too-fast');
    return TOO_FAST;
  }

  #invited(request: SipRequest, { transaction, address, transport }: Incoming): void {
    const call: DrachtioCall = {
      id: toId('call', randomBytes(16)),
      transport,
      transaction,
      dialog: undefined,
      answered: false,
      acknowledged: false,
      ending: undefined,
    };
    this.#calls.set(call.id, call);
    this.#byTransaction.set(transaction, call);
    // What is not answered for four seconds, the daemon forgets.
    this.#respond(transaction, TRYING, { call });
    this.emit('event', {
      type: 'invited',
      call: call.id,
      dialled: userOf(toSipUri(request.uri) ?? ''),
      caller: userOf(uriOf(headerOf(request, 'from') ?? '')),
      source: address,
      ...(request.body === '' ? {} : { offer: request.body }),
    });
  }

  #offered(call: DrachtioCall, request: SipRequest, { transaction }: Incoming): void {
    call.transaction = transaction;
    this.emit('event', { type: 'offered', call: call.id, ...(request.body === '' ? {} : { offer: request.body }) });
  }

  #acknowledged(call: DrachtioCall, ack: SipRequest): void {
    // What was refused is acknowledged too.
    if (!call.answered || call.acknowledged) return;
    call.acknowledged = true;
    if (call.ending) return this.#sayBye(call, call.ending);
    this.emit('event', { type: 'acknowledged', call: call.id, ...(ack.body === '' ? {} : { answer: ack.body }) });
  }

  /** The daemon has answered the CANCEL, and the INVITE with 487. */
  #cancelled({ transaction }: Incoming): void {
    const call = this.#byTransaction.get(transaction);
    if (!call) return;
    this.#forget(call);
    this.emit('event', { type: 'cancelled', call: call.id });
  }

  #hungUp(call: DrachtioCall | undefined, incoming: Incoming): void {
    this.#answer(incoming, call ? OK : NO_CALL);
    if (!call) return;
    // A phone may hang up what only rings as if it talked.
    if (!call.answered) this.#respond(call.transaction, TERMINATED, { call });
    this.#forget(call);
    this.emit('event', { type: call.answered ? 'hungUp' : 'cancelled', call: call.id });
  }

  #accept(call: DrachtioCall, sdp: string): void {
    const { advertisedAddress, port } = this.#options;
    const parameter = call.transport === 'tcp' ? ';transport=tcp' : '';
    const headers: Header[] = [
      ['Contact', `<sip:muon@${advertisedAddress}:${port}${parameter}>`],
      ['Content-Type', 'application/sdp'],
    ];
    this.#respond(call.transaction, { ...OK, headers }, { call, body: sdp });
    this.#settle(call);
    call.answered = true;
    call.acknowledged = false;
  }

  #refuse(call: DrachtioCall, refusal: Refusal): void {
    const { status, phrase, retryAfterSeconds } = refusal;
    const headers: Header[] = [['Reason', reasonOf(refusal)]];
    if (retryAfterSeconds !== undefined) headers.push(['Retry-After', `${retryAfterSeconds}`]);
    this.#respond(call.transaction, { status, phrase, headers }, { call });
    if (call.answered) this.#settle(call);
    else this.#forget(call);
  }

  #hangUp(call: DrachtioCall, ending: Refusal): void {
    if (!call.answered) this.#refuse(call, ending);
    else if (call.acknowledged || !this.listening) this.#sayBye(call, ending);
    else call.ending = ending;
  }

  #sayBye(call: DrachtioCall, ending: Refusal): void {
    this.#forget(call);
    const start = 'BYE placeholder SIP/2.0';
    const isSent = this.#command('BYE', call.id, `|${call.dialog ?? ''}`, [start, `Reason: ${reasonOf(ending)}`]);
    if (isSent) this.#farewells++;
  }

  /** Nothing waits for an answer in this call. */
  #settle(call: DrachtioCall): void {
    if (call.transaction !== undefined) this.#byTransaction.delete(call.transaction);
    call.transaction = undefined;
  }

  #forget(call: DrachtioCall): void {
    this.#settle(call);
    this.#calls.delete(call.id);
    if (call.dialog !== undefined) this.#byDialog.delete(call.dialog);
  }

  /** Calls that are answered go on; the daemon that comes back knows nothing of the others. */
  #lose(reason: string): void {
    this.#count('daemon-losses');
    this.#farewells = 0;
    this.#log.error({ reason, calls: this.#calls.size }, 'drachtio-server is lost; trying again');
    for (const call of this.#calls.values()) {
      if (call.answered && !call.ending) {
        call.acknowledged = true;
        continue;
      }
      this.#forget(call);
      this.emit('event', { type: 'lost', call: call.id, reason: 'signalling failed' } satisfies SignalingEvent);
    }
  }

  #answer({ transaction }: Incoming, answer: Answer): void {
    this.#respond(transaction, answer, {});
  }

  #respond(
    transaction: string | undefined,
    { status, phrase, headers = [] }: Answer,
    { call, body = '' }: { readonly call?: DrachtioCall; readonly body?: string },
  ): void {
    if (transaction === undefined) return;
    const lines = [`SIP/2.0 ${status} ${phrase}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
    this.#command(`${status}`, call?.id ?? '', `${transaction}|`, lines, body);
  }

  #command(verb: string, call: string, target: string, lines: readonly string[], body = ''): boolean {
    const id = `${++this.#commands}.${verb}.${call}`;
    return this.#daemon.send(`${id}|sip|${target}|\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
  }

  /** What throws costs this one message, and not the connection that all calls share. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#count('thrown');
      this.#log.error({ err: error }, 'a message of drachtio-server was too much');
    }
  }

  #count(name: string): void {
    this.counters[name] = (this.counters[name] ?? 0) + 1;
  }
}

/** Undefined when it cannot be read, though the daemon could. */
function readSip(bytes: Uint8Array): SipMessage | undefined {
  try {
    return parseSip(bytes);
  } catch {
    return undefined;
  }
}

/** The address in a From, with or without a name and brackets. */
function uriOf(from: string): string {
  return /<([^>]*)>/.exec(from)?.[1] ?? from.split(';')[0]!.trim();
}
