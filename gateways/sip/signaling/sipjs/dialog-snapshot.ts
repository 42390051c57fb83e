import { Grammar, IncomingRequestMessage, SessionDialog, type InviteServerTransaction } from 'sip.js/lib/core/index.js';
import type { URI, UserAgentCore } from 'sip.js/lib/core/index.js';
import type { Flow } from './flow.ts';

/** All that a new process needs to go on with an answered call. */
export interface DialogSnapshot {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly remoteSequenceNumber: number;
  readonly localUri: string;
  readonly remoteUri: string;
  readonly remoteTarget: string;
  readonly routeSet: readonly string[];
  readonly flow: Flow;
}

export function takeSnapshot(dialog: SessionDialog, flow: Flow): DialogSnapshot {
  return {
    callId: dialog.callId,
    localTag: dialog.localTag,
    remoteTag: dialog.remoteTag,
    remoteSequenceNumber: dialog.remoteSequenceNumber ?? 0,
    localUri: dialog.localURI.toRaw(),
    remoteUri: dialog.remoteURI.toRaw(),
    remoteTarget: dialog.remoteTarget.toRaw(),
    routeSet: dialog.routeSet,
    flow,
  };
}

/** The dialog again, in another process; undefined when its addresses can no longer be read. */
export function restoreDialog(snapshot: DialogSnapshot, core: UserAgentCore): SessionDialog | undefined {
  const [localURI, remoteURI, remoteTarget] = [snapshot.localUri, snapshot.remoteUri, snapshot.remoteTarget].map(
    (uri): URI | undefined => Grammar.URIParse(uri),
  );
  if (!localURI || !remoteURI || !remoteTarget) return undefined;
  const { callId, localTag, remoteTag, remoteSequenceNumber, routeSet } = snapshot;
  // The dialog asks its first transaction for nothing but the description in its request; that is history.
  const history = { request: new IncomingRequestMessage() } as unknown as InviteServerTransaction;
  return new SessionDialog(history, core, {
    id: callId + localTag + remoteTag,
    early: false,
    callId,
    localTag,
    remoteTag,
    localSequenceNumber: undefined,
    remoteSequenceNumber,
    localURI,
    remoteURI,
    remoteTarget,
    routeSet: [...routeSet],
    secure: false,
  });
}
