import { randomBytes } from 'node:crypto';
import { toId } from '@muon/contract/id.ts';
import {
  IncomingRequestMessage,
  IncomingResponseMessage,
  LoggerFactory,
  Parser,
  SessionState,
  URI,
  UserAgentCore,
  type IncomingInviteRequest,
  type InviteUserAgentServer,
  type Logger,
  type ReInviteUserAgentServer,
  type SessionDialog,
} from 'sip.js/lib/core/index.js';
import type { Refusal } from '../../call/refusal.ts';
import { reasonOf, userOf } from '../request-rules.ts';
import type { SignalingCommand, SignalingEvent } from '../signaling.ts';
import { restoreDialog, takeSnapshot, type DialogSnapshot } from './dialog-snapshot.ts';
import type { Flow } from './flow.ts';

/** Stands for the gateway's own address in what sip.js writes; the address depends on where a message goes. */
export const OWN_HOST = 'own-address.invalid';

export interface AgentOptions {
  /** Carries out what sip.js wants to send: a response to a request that came, or a request over `flow`. */
  readonly sendResponse: (text: string) => void;
  readonly sendRequest: (text: string, flow: Flow) => void;
  readonly emit: (event: SignalingEvent) => void;
  /** An answered call, for whoever goes on with it after a crash. */
  readonly keep: (call: string, dialog: DialogSnapshot) => void;
}

/** A call, as far as its signalling goes. */
interface AgentCall {
  readonly id: string;
  flow: Flow;
  /** What waits for its final response: the INVITE, or one within the call. */
  invite: InviteUserAgentServer | ReInviteUserAgentServer | undefined;
  dialog: SessionDialog | undefined;
  /** To hang up as soon as the phone has acknowledged our answer (RFC 3261 section 15). */
  ending: Refusal | undefined;
}

/** Lets sip.js keep the transactions and dialogs of calls; everything else is kept from it. */
export class Agent {
  readonly #options: AgentOptions;
  readonly #core: UserAgentCore;
  readonly #logger: Logger;
  readonly #calls = new Map<string, AgentCall>();
  /** By our tag, which is in every request of a call. */
  readonly #flows = new Map<string, Flow>();
  /** Where the request came from that sip.js is being given. */
  #flow: Flow | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    const loggerFactory = new LoggerFactory();
    loggerFactory.builtinEnabled = false;
    this.#logger = loggerFactory.getLogger('muon');
    const contact = new URI('sip', 'muon', OWN_HOST);
    this.#core = new UserAgentCore(
      {
        aor: contact.clone(),
        contact: { pubGruu: undefined, tempGruu: undefined, uri: contact, toString: () => `<${contact.toString()}>` },
        displayName: '',
        loggerFactory,
        hackViaTcp: false,
        routeSet: [],
        sipjsId: '',
        supportedOptionTags: [],
        supportedOptionTagsResponse: [],
        userAgentHeaderFieldValue: 'Muon',
        viaForceRport: true,
        viaHost: OWN_HOST,
        authenticationFactory: () => undefined,
        transportAccessor: () => ({ protocol: 'UDP', send: (text) => this.#send(text) }),
      },
      { onInvite: (invite) => this.#receiveInvite(invite as InviteUserAgentServer) },
    );
  }

  /**
   * Gives sip.js a request of a call; false when it could not be read.
   *
   * @throws Error whatever sip.js throws.
   */
  receiveRequest(text: string, flow: Flow): boolean {
    const message = this.#parse(text);
    if (!(message instanceof IncomingRequestMessage) || !message.ruri || !message.fromTag) return false;
    // sip.js takes only calls of its own name; here every room is one.
    this.#core.configuration.aor = message.ruri;
    this.#flow = flow;
    this.#core.receiveIncomingRequestFromTransport(message);
    return true;
  }

  /** @throws Error whatever sip.js throws. */
  receiveResponse(text: string): void {
    const message = this.#parse(text);
    if (message instanceof IncomingResponseMessage) this.#core.receiveIncomingResponseFromTransport(message);
  }

  /** @throws Error when the call's state does not allow it. */
  carryOut(command: SignalingCommand): void {
    const call = this.#calls.get(command.call);
    if (!call) return;
    switch (command.type) {
      case 'ring':
        return this.#ring(call);
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

  /** Goes on with a call that another process answered. */
  adopt(id: string, snapshot: DialogSnapshot): void {
    const dialog = restoreDialog(snapshot, this.#core);
    if (!dialog) return this.#options.emit({ type: 'lost', call: id, reason: 'signalling failed' });
    const call: AgentCall = { id, flow: snapshot.flow, invite: undefined, dialog: undefined, ending: undefined };
    this.#calls.set(id, call);
    this.#confirm(call, dialog);
  }

  #parse(text: string): IncomingRequestMessage | IncomingResponseMessage | undefined {
    return Parser.parseMessage(text, this.#logger);
  }

  #receiveInvite(invite: InviteUserAgentServer): void {
    const { message } = invite;
    const call: AgentCall = {
      id: toId('call', randomBytes(16)),
      flow: this.#flow!,
      invite,
      dialog: undefined,
      ending: undefined,
    };
    this.#calls.set(call.id, call);
    invite.trying();
    invite.delegate = { onCancel: () => this.#options.emit({ type: 'cancelled', call: call.id }) };
    this.#options.emit({
      type: 'invited',
      call: call.id,
      dialled: userOf(message.ruri!.toRaw()),
      caller: userOf(message.from.uri.toRaw()),
      source: call.flow.address,
      ...(message.body ? { offer: message.body } : {}),
    });
  }

  #ring(call: AgentCall): void {
    const progress = call.invite?.progress({ statusCode: 180 });
    if (!progress) return;
    // A phone may hang up what only rings as if it talked.
    progress.session.delegate = {
      onBye: (bye) => {
        bye.accept();
        this.#options.emit({ type: 'cancelled', call: call.id });
      },
    };
  }

  #accept(call: AgentCall, sdp: string): void {
    const { invite } = call;
    call.invite = undefined;
    const body = { contentDisposition: 'session', contentType: 'application/sdp', content: sdp };
    // Within a call sip.js leaves out the address, which RFC 3261 section 12.1.1 wants in every answer.
    const extraHeaders = call.dialog ? [`Contact: ${this.#core.configuration.contact.toString()}`] : [];
    const accepted = invite?.accept({ statusCode: 200, body, extraHeaders });
    if (accepted && !call.dialog) this.#confirm(call, (accepted as unknown as { session: SessionDialog }).session);
  }

  #refuse(call: AgentCall, refusal: Refusal): void {
    const { invite } = call;
    call.invite = undefined;
    if (!call.dialog) this.#calls.delete(call.id);
    invite?.reject({
      statusCode: refusal.status,
      reasonPhrase: refusal.phrase,
      extraHeaders: [
        `Reason: ${reasonOf(refusal)}`,
        ...(refusal.retryAfterSeconds === undefined ? [] : [`Retry-After: ${refusal.retryAfterSeconds}`]),
      ],
    });
  }

  #hangUp(call: AgentCall, ending: Refusal): void {
    const { dialog } = call;
    if (!dialog) return this.#refuse(call, ending);
    if (dialog.sessionState === SessionState.AckWait) call.ending = ending;
    else this.#sayBye(call, ending);
  }

  #sayBye(call: AgentCall, ending: Refusal): void {
    this.#forget(call);
    call.dialog?.bye(undefined, { extraHeaders: [`Reason: ${reasonOf(ending)}`] });
  }

  /** The call is answered, and has a dialog from now on. */
  #confirm(call: AgentCall, dialog: SessionDialog): void {
    call.dialog = dialog;
    this.#flows.set(dialog.localTag, call.flow);
    dialog.delegate = {
      onAck: ({ message }) => this.#acknowledge(call, message.body),
      // Without this, sip.js throws out of a timer.
      onAckTimeout: () => this.#lose(call),
      onBye: (bye) => {
        bye.accept();
        this.#forget(call);
        this.#options.emit({ type: 'hungUp', call: call.id });
      },
      onInvite: (invite) => this.#receiveReinvite(call, invite),
    };
    this.#options.keep(call.id, takeSnapshot(dialog, call.flow));
  }

  #acknowledge(call: AgentCall, body: string | undefined): void {
    this.#follow(call);
    if (call.ending) return this.#sayBye(call, call.ending);
    this.#options.emit({ type: 'acknowledged', call: call.id, ...(body ? { answer: body } : {}) });
  }

  #receiveReinvite(call: AgentCall, invite: IncomingInviteRequest): void {
    this.#follow(call);
    call.invite = invite as ReInviteUserAgentServer;
    const { body } = invite.message;
    this.#options.emit({ type: 'offered', call: call.id, ...(body ? { offer: body } : {}) });
    this.#options.keep(call.id, takeSnapshot(call.dialog!, call.flow));
  }

  #lose(call: AgentCall): void {
    this.#options.emit({ type: 'lost', call: call.id, reason: 'no ACK came' });
    this.#sayBye(call, { status: 408, phrase: 'No ACK', cause: 102 });
  }

  /** The phone is now where it last spoke from. */
  #follow(call: AgentCall): void {
    if (!this.#flow || !call.dialog) return;
    call.flow = this.#flow;
    this.#flows.set(call.dialog.localTag, this.#flow);
  }

  #forget(call: AgentCall): void {
    this.#calls.delete(call.id);
    // Its last request still has to find its way.
    setImmediate(() => this.#flows.delete(call.dialog?.localTag ?? ''));
  }

  #send(text: string): Promise<void> {
    if (text.startsWith('SIP/2.0 ')) this.#options.sendResponse(text);
    else {
      const tag = /^From:.*;tag=([^;\s]+)/im.exec(text)?.[1];
      const flow = this.#flows.get(tag ?? '');
      if (flow) this.#options.sendRequest(text, flow);
    }
    return Promise.resolve();
  }
}
