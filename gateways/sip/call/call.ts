import { endings, isPassing, refusals, type Refusal } from './refusal.ts';

/** A phone's call into a room, as a state; what is carried out is in the effects of {@link step}. */
export type Call =
  | { readonly state: 'new' }
  /** The phone hears ringing while the room is joined. */
  | { readonly state: 'joining' }
  /** Answered; `rejoinUntilMs` is there while the room is lost. */
  | { readonly state: 'talking'; readonly held: boolean; readonly rejoinUntilMs?: number }
  | { readonly state: 'ended'; readonly reason: string };

export type CallEvent =
  /** A phone calls; `refusal` says why it cannot be helped. */
  | { readonly type: 'invited'; readonly refusal?: Refusal }
  | { readonly type: 'joined' }
  | { readonly type: 'joinFailed'; readonly refusal: Refusal; readonly nowMs: number }
  /** The link to the room broke; `final` says why there is no use in trying again. */
  | { readonly type: 'roomLost'; readonly final?: Refusal; readonly nowMs: number }
  | { readonly type: 'cancelled' }
  /** The phone describes its audio again: in a re-INVITE, or late, in an ACK. */
  | { readonly type: 'offered'; readonly acceptable: boolean; readonly held: boolean }
  | { readonly type: 'answered'; readonly acceptable: boolean; readonly held: boolean }
  | { readonly type: 'hungUp' }
  /** The phone cannot be reached by signalling any more. */
  | { readonly type: 'signalingLost'; readonly reason: string }
  /** Nothing was heard of the phone for long. */
  | { readonly type: 'silent' }
  | { readonly type: 'closing' };

export type CallEffect =
  | { readonly type: 'ring' }
  /** Asks for the room, after a while. */
  | { readonly type: 'join'; readonly afterMs: number }
  /** Answers the phone's latest offer, or makes one where the phone made none. */
  | { readonly type: 'answer' }
  | { readonly type: 'refuse'; readonly refusal: Refusal }
  | { readonly type: 'hangUp'; readonly ending: Refusal }
  /** Silences the phone in the room, or no longer. */
  | { readonly type: 'mute'; readonly muted: boolean }
  /** Gives back everything that the call held. */
  | { readonly type: 'release' };

/** A room whose node restarts is back within this; a phone's user does not wait longer. */
const REJOIN_MS = 10_000;

const REJOIN_INTERVAL_MS = 500;

/** An event that a state does not name changes nothing: SIP over UDP repeats itself. */
export function step(call: Call, event: CallEvent): readonly [Call, ...CallEffect[]] {
  switch (call.state) {
    case 'new':
      return event.type === 'invited' ? receive(event.refusal) : [call];
    case 'joining':
      return stepJoining(call, event);
    case 'talking':
      return stepTalking(call, event);
    default:
      return [call];
  }
}

function receive(refusal: Refusal | undefined): readonly [Call, ...CallEffect[]] {
  return refusal ? refuse(refusal) : [{ state: 'joining' }, { type: 'ring' }, { type: 'join', afterMs: 0 }];
}

function stepJoining(call: Call, event: CallEvent): readonly [Call, ...CallEffect[]] {
  switch (event.type) {
    case 'joined':
      return [{ state: 'talking', held: false }, { type: 'answer' }];
    case 'joinFailed':
      return refuse(event.refusal);
    case 'roomLost':
      return refuse(event.final ? refusals.noSuchRoom : refusals.unavailable);
    case 'cancelled':
      return refuse(refusals.cancelled);
    case 'closing':
      return refuse(refusals.closing);
    case 'signalingLost':
      return release(event.reason);
    default:
      return [call];
  }
}

function stepTalking(call: Call & { state: 'talking' }, event: CallEvent): readonly [Call, ...CallEffect[]] {
  switch (event.type) {
    case 'offered':
      if (!event.acceptable) return [call, { type: 'refuse', refusal: refusals.noMedia }];
      return [...hold(call, event.held), { type: 'answer' }];
    case 'answered':
      return event.acceptable ? hold(call, event.held) : hangUp(endings.noMedia);
    case 'roomLost':
      if (event.final) return hangUp(event.final);
      return [
        { ...call, rejoinUntilMs: event.nowMs + REJOIN_MS },
        { type: 'join', afterMs: 0 },
      ];
    case 'joinFailed':
      return rejoin(call, event.refusal, event.nowMs);
    case 'joined':
      return [
        { state: 'talking', held: call.held },
        { type: 'mute', muted: call.held },
      ];
    case 'silent':
      return call.held ? [call] : hangUp(endings.silent);
    case 'closing':
      return hangUp(endings.closing);
    case 'hungUp':
      return release('hung up');
    case 'signalingLost':
      return release(event.reason);
    default:
      return [call];
  }
}

function hold(call: Call & { state: 'talking' }, held: boolean): readonly [Call, ...CallEffect[]] {
  return held === call.held
    ? [call]
    : [
        { ...call, held },
        { type: 'mute', muted: held },
      ];
}

function rejoin(call: Call & { state: 'talking' }, refusal: Refusal, nowMs: number): readonly [Call, ...CallEffect[]] {
  if (!isPassing(refusal)) return hangUp(endings.roomClosed);
  if (nowMs >= (call.rejoinUntilMs ?? 0)) return hangUp(endings.roomLost);
  return [call, { type: 'join', afterMs: REJOIN_INTERVAL_MS }];
}

function refuse(refusal: Refusal): readonly [Call, ...CallEffect[]] {
  return [{ state: 'ended', reason: refusal.phrase }, { type: 'refuse', refusal }, { type: 'release' }];
}

function hangUp(ending: Refusal): readonly [Call, ...CallEffect[]] {
  return [{ state: 'ended', reason: ending.phrase }, { type: 'hangUp', ending }, { type: 'release' }];
}

function release(reason: string): readonly [Call, ...CallEffect[]] {
  return [{ state: 'ended', reason }, { type: 'release' }];
}
