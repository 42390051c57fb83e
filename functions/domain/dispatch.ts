/** Which calls go to which room, as it is kept. */
export interface DispatchRule {
  readonly id: string;
  readonly room: { readonly id: string; readonly name: string };
  readonly priority: number;
  readonly trunk?: string | undefined;
  readonly dialled?: readonly string[] | undefined;
  /** How the caller's number begins. */
  readonly callers?: readonly string[] | undefined;
  readonly pin?: string | undefined;
  readonly createdAt: string;
  readonly revision: number;
}

/** Every call is held against all of them. */
export const MAX_DISPATCH_RULES = 1000;

/** A call that comes in. */
export interface IncomingCall {
  readonly dialled: string;
  readonly caller?: string | undefined;
  /** Whose number was dialled. */
  readonly trunk?: string | undefined;
  readonly pin?: string | undefined;
}

export interface Considered {
  readonly rule: string;
  readonly matched: boolean;
  /** What did not match. */
  readonly reason?: 'trunk' | 'dialled' | 'caller' | 'pin';
}

export interface Dispatched {
  readonly outcome: 'room' | 'pin-required' | 'wrong-pin' | 'no-rule';
  /** That decided it. */
  readonly rule?: DispatchRule | undefined;
  readonly considered: readonly Considered[];
}

/** The first rule that matches decides; one with a PIN asks for it, unless it was given. */
export function dispatch(rules: readonly DispatchRule[], call: IncomingCall): Dispatched {
  const considered: Considered[] = [];
  let wrongPin = false;
  for (const rule of rules.toSorted(inOrder)) {
    const reason = mismatch(rule, call);
    considered.push({ rule: rule.id, matched: reason === undefined, ...(reason ? { reason } : {}) });
    if (reason === undefined) {
      const asks = rule.pin !== undefined && call.pin === undefined;
      return { outcome: asks ? 'pin-required' : 'room', rule, considered };
    }
    wrongPin ||= reason === 'pin';
  }
  return { outcome: wrongPin ? 'wrong-pin' : 'no-rule', considered };
}

/** Whether the keys of a telephone can dial it. */
export function isNumber(dialled: string): boolean {
  return /^\+?[\d*#]+$/.test(dialled);
}

/** What was dialled, as trunks write their numbers. */
export function toE164(dialled: string): string {
  return `+${toPlain(dialled)}`;
}

function inOrder(a: DispatchRule, b: DispatchRule): number {
  return a.priority - b.priority || Date.parse(a.createdAt) - Date.parse(b.createdAt) || (a.id < b.id ? -1 : 1);
}

function mismatch(rule: DispatchRule, { dialled, caller = '', trunk, pin }: IncomingCall): Considered['reason'] {
  if (rule.trunk !== undefined && rule.trunk !== trunk) return 'trunk';
  if (rule.dialled && !rule.dialled.some((each) => toPlain(each) === toPlain(dialled))) return 'dialled';
  if (rule.callers && !rule.callers.some((start) => toPlain(caller).startsWith(toPlain(start)))) return 'caller';
  return rule.pin !== undefined && pin !== undefined && rule.pin !== pin ? 'pin' : undefined;
}

/** Carriers write numbers with a plus or without. */
function toPlain(user: string): string {
  return user.toLowerCase().replace(/^\+/, '');
}
