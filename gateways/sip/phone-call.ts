import { randomInt } from 'node:crypto';
import { linkCloseCodes } from '@muon/contract/link.ts';
import type { LinkCreated } from '@muon/contract/internal.ts';
import { ControlPlaneError } from '@muon/service/control-plane.ts';
import { Link, type LinkClosed } from '@muon/service/link-client.ts';
import type { Log } from '@muon/service/log.ts';
import { step, type Call, type CallEffect, type CallEvent } from './call/call.ts';
import { toCaller, toDialled, toDisplayName } from './call/caller.ts';
import { agree, isHeld, writeAnswer, writeOffer, type LocalAudio, type PhoneAudio } from './call/negotiation.ts';
import { endings, refusals, toRefusal, type Refusal } from './call/refusal.ts';
import { CallMedia } from './media/call-media.ts';
import type { FrameClock } from './media/clock.ts';
import { PhoneLeg } from './media/phone-leg.ts';
import { RoomLeg } from './media/room-leg.ts';
import type { RtpPorts, RtpSocket } from './media/rtp-ports.ts';
import type { MediaTally } from './media/tally.ts';
import type { SignalingEvent, SipSignaling } from './signaling/signaling.ts';

/** Asks the control plane for a way into a room; throws {@link ControlPlaneError}. */
export type CreateLink = (participant: {
  readonly room: string;
  readonly caller: string | undefined;
  readonly identity: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}) => Promise<LinkCreated>;

/** What all calls of a gateway share. */
export interface CallContext {
  readonly signaling: SipSignaling;
  readonly createLink: CreateLink;
  readonly ports: RtpPorts;
  readonly clock: FrameClock;
  readonly tally: MediaTally;
  readonly advertisedAddress: string;
  readonly log: Log;
  /** The call is over, and holds nothing any more. */
  readonly ended: (call: PhoneCall, reason: string) => void;
}

export type Invitation = SignalingEvent & { type: 'invited' };

/** A phone that says nothing for so long, and is not held, is gone. */
const SILENCE_MS = 30_000;

/** How often that is looked at. */
const SILENCE_CHECK_MS = 1000;

/** One call: carries out what {@link step} decides, and tells it what happens. */
export class PhoneCall {
  readonly id: string;
  readonly #invitation: Invitation;
  readonly #context: CallContext;
  readonly #log: Log;
  readonly #sessionId = randomInt(2 ** 31);
  #call: Call = { state: 'new' };
  #version = 0;
  /** The phone's latest offer; absent when it left the offer to us. */
  #offer: string | undefined;
  #audio: PhoneAudio | undefined;
  #rtp: RtpSocket | undefined;
  #media: CallMedia | undefined;
  #room: RoomLeg | undefined;
  #joinTimer: NodeJS.Timeout | undefined;
  #silenceTimer: NodeJS.Timeout | undefined;

  constructor(invitation: Invitation, context: CallContext) {
    this.id = invitation.call;
    this.#invitation = invitation;
    this.#context = context;
    this.#log = context.log.child({ call: invitation.call });
    this.#offer = invitation.offer;
  }

  /** Takes the call, or refuses it for `refusal` or a reason of its own. */
  start(refusal?: Refusal): void {
    const { dialled, caller, offer } = this.#invitation;
    this.#log.info({ dialled, caller: toDisplayName(caller) }, 'a phone calls');
    this.#audio = offer === undefined ? undefined : agree(offer);
    this.#happen({ type: 'invited', ...reasonFor(refusal ?? this.#ownRefusal()) });
  }

  /** Something happened to the call's signalling. */
  receive(event: SignalingEvent): void {
    switch (event.type) {
      case 'cancelled':
      case 'hungUp':
        return this.#happen({ type: event.type });
      case 'offered':
        return this.#reconsider(event.offer);
      case 'acknowledged':
        return this.#acknowledge(event.answer);
      case 'lost':
        return this.#happen({ type: 'signalingLost', reason: event.reason });
      default:
    }
  }

  /** Ends the call, since the gateway ends. */
  close(): void {
    this.#happen({ type: 'closing' });
  }

  #ownRefusal(): Refusal | undefined {
    if (toDialled(this.#invitation.dialled) === undefined) return refusals.noSuchRoom;
    return this.#offer !== undefined && !this.#audio ? refusals.noMedia : undefined;
  }

  #happen(event: CallEvent): void {
    const [call, ...effects] = step(this.#call, event);
    this.#call = call;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: CallEffect): void {
    const { signaling } = this.#context;
    switch (effect.type) {
      case 'ring':
        return signaling.send({ type: 'ring', call: this.id });
      case 'join':
        this.#joinTimer = setTimeout(() => void this.#join(), effect.afterMs);
        return;
      case 'answer':
        return this.#answer();
      case 'refuse':
        return signaling.send({ type: 'refuse', call: this.id, refusal: effect.refusal });
      case 'hangUp':
        return signaling.send({ type: 'hangUp', call: this.id, ending: effect.ending });
      case 'mute':
        return this.#room?.setMuted(effect.muted);
      case 'release':
        return this.#release();
      default:
        effect satisfies never;
    }
  }

  async #join(): Promise<void> {
    const { createLink, ports, tally } = this.#context;
    try {
      this.#rtp ??= await ports.open();
      if (!this.#rtp) return this.#failToJoin(refusals.tooManyCalls);
      const { dialled, caller } = this.#invitation;
      const created = await createLink({
        room: toDialled(dialled)!,
        caller: toCaller(caller),
        identity: `sip:${this.id}`,
        name: toDisplayName(caller),
        attributes: { 'sip.call': this.id },
      });
      if (this.#call.state === 'ended') return this.#giveBack();
      const muted = this.#call.state === 'talking' && this.#call.held;
      this.#enter(new RoomLeg(new Link(created.url, created.accessToken), { muted, tally }));
    } catch (error) {
      if (!(error instanceof ControlPlaneError)) throw error;
      this.#log.warn({ err: error }, 'the room cannot be joined');
      this.#failToJoin(toRefusal(error.code));
    }
  }

  #enter(room: RoomLeg): void {
    this.#room = room;
    let joined = false;
    room.on('joined', () => {
      joined = true;
      this.#log.info('joined the room');
      this.#happen({ type: 'joined' });
      this.#media?.connect(room);
    });
    room.on('closed', (closed) => {
      if (this.#room !== room) return;
      this.#room = undefined;
      this.#media?.connect(undefined);
      this.#log.info({ code: closed.code, reason: closed.reason }, 'the link to the room ended');
      if (joined) this.#happen({ type: 'roomLost', nowMs: performance.now(), ...finalityOf(closed) });
      else this.#failToJoin(toJoinRefusal(closed));
    });
  }

  #failToJoin(refusal: Refusal): void {
    if (this.#call.state === 'ended') return this.#giveBack();
    this.#happen({ type: 'joinFailed', refusal, nowMs: performance.now() });
  }

  /** Answers the offer, or makes one; with the first answer sound begins. */
  #answer(): void {
    const local = this.#local();
    const sdp =
      this.#offer === undefined || !this.#audio ? writeOffer(local) : writeAnswer(this.#offer, this.#audio, local);
    this.#context.signaling.send({ type: 'accept', call: this.id, sdp });
    this.#hear();
  }

  /** Begins or changes the exchange of sound, once it is known where the phone is. */
  #hear(): void {
    const { clock, tally } = this.#context;
    const [audio, rtp] = [this.#audio, this.#rtp];
    if (!audio || !rtp) return;
    if (this.#media) return this.#media.phone.update(audio);
    const phone = new PhoneLeg({ rtp, audio, signalingAddress: this.#invitation.source, tally });
    this.#media = new CallMedia(phone, clock);
    this.#media.connect(this.#room);
    this.#silenceTimer = setInterval(() => this.#checkSilence(phone), SILENCE_CHECK_MS);
  }

  #checkSilence(phone: PhoneLeg): void {
    if (performance.now() - phone.heardMs > SILENCE_MS) this.#happen({ type: 'silent' });
  }

  #reconsider(offer: string | undefined): void {
    const audio = offer === undefined ? this.#audio : agree(offer);
    if (audio) [this.#offer, this.#audio] = [offer, audio];
    this.#happen({ type: 'offered', acceptable: audio !== undefined, held: audio !== undefined && isHeld(audio) });
  }

  /** An ACK brings the phone's audio where our answer was an offer. */
  #acknowledge(answer: string | undefined): void {
    if (this.#offer !== undefined) return;
    const audio = answer === undefined ? this.#audio : agree(answer);
    if (audio) this.#audio = audio;
    this.#happen({ type: 'answered', acceptable: audio !== undefined, held: audio !== undefined && isHeld(audio) });
    if (this.#call.state === 'talking') this.#hear();
  }

  #local(): LocalAudio {
    this.#version++;
    return {
      address: this.#context.advertisedAddress,
      port: this.#rtp!.port,
      sessionId: this.#sessionId,
      version: this.#version,
    };
  }

  #release(): void {
    this.#giveBack();
    const reason = this.#call.state === 'ended' ? this.#call.reason : '';
    this.#log.info({ reason }, 'the call ended');
    this.#context.ended(this, reason);
  }

  /** Also what came while the call was ending. */
  #giveBack(): void {
    clearTimeout(this.#joinTimer);
    clearInterval(this.#silenceTimer);
    const room = this.#room;
    this.#room = undefined;
    room?.close();
    if (this.#media) this.#media.close();
    else this.#rtp?.socket.close();
    this.#rtp = undefined;
  }
}

function reasonFor(refusal: Refusal | undefined): { readonly refusal?: Refusal } {
  return refusal ? { refusal } : {};
}

/** Why there is no use in joining again; nothing when there may be. */
function finalityOf({ code }: LinkClosed): { readonly final?: Refusal } {
  switch (code) {
    case linkCloseCodes.roomClosed:
      return { final: endings.roomClosed };
    case linkCloseCodes.replaced:
      return { final: endings.replaced };
    case linkCloseCodes.protocolError:
      return { final: endings.roomLost };
    default:
      return {};
  }
}

/** What the node's refusal of a link means for the phone. */
function toJoinRefusal({ code, refusedWith }: LinkClosed): Refusal {
  if (refusedWith === 409) return refusals.roomFull;
  return code === linkCloseCodes.roomClosed ? refusals.noSuchRoom : refusals.unavailable;
}
