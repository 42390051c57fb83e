import type { Joined } from '@muon/contract/join.ts';
import type { ProblemCode } from '@muon/contract/problem.ts';
import type { SIGNAL_SUBPROTOCOL, signalCloseCodes } from '@muon/contract/signal.ts';
import { MuonError, type MuonErrorCode } from './errors.ts';

const SUBPROTOCOL: typeof SIGNAL_SUBPROTOCOL = 'muon.signal.v1';

/** How long a node may take to accept a WebSocket. */
const OPEN_TIMEOUT_MS = 5000;

type CloseCodes = typeof signalCloseCodes;

/** The closes that tell more than that the connection is gone; whether the room is, a new join will say. */
const closeErrors: Readonly<Record<number, readonly [code: MuonErrorCode, title: string, detail: string]>> = {
  [4400 satisfies CloseCodes['invalidRequest']]: [
    'invalid-request',
    'The media node did not understand this client',
    'Client and server are of versions that do not go together.',
  ],
  [4403 satisfies CloseCodes['forbidden']]: ['forbidden', 'You may not be here', 'The token does not allow this.'],
  [4409 satisfies CloseCodes['replaced']]: [
    'replaced',
    'You joined from somewhere else',
    'The same participant joined again, in another tab or on another device.',
  ],
  [4410 satisfies CloseCodes['removed']]: ['removed', 'You were removed from the room', 'A moderator decided it.'],
  [4411 satisfies CloseCodes['moved']]: ['moved', 'You were moved to another room', 'A moderator decided it.'],
};

/** Why a WebSocket was closed. */
export function toCloseError(code: number, reason: string): MuonError {
  const [stable, title, detail] = closeErrors[code] ?? [
    'unreachable',
    'The connection to the media node was lost',
    `The node closed it${reason ? `: ${reason}` : ''} (${code}).`,
  ];
  return new MuonError(stable, title, { detail });
}

/**
 * Opens the WebSocket to the node that a join named.
 *
 * @throws MuonError `unreachable` when it does not open; a browser does not tell why.
 */
export function openSignalSocket({ url, accessToken }: Pick<Joined, 'url' | 'accessToken'>): Promise<WebSocket> {
  const address = new URL(url);
  address.searchParams.set('access_token', accessToken);
  const socket = new WebSocket(address, SUBPROTOCOL);
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      clearTimeout(timer);
      socket.close();
      reject(new MuonError('unreachable', 'The media node cannot be reached', { detail: `No answer from ${url}.` }));
    };
    const timer = setTimeout(fail, OPEN_TIMEOUT_MS);
    socket.addEventListener('error', fail, { once: true });
    socket.addEventListener('close', fail, { once: true });
    socket.addEventListener(
      'open',
      () => {
        clearTimeout(timer);
        socket.removeEventListener('error', fail);
        socket.removeEventListener('close', fail);
        resolve(socket);
      },
      { once: true },
    );
  });
}

/** The code of a refusal that only has HTTP's number. */
export function codeOfStatus(status: number): ProblemCode {
  const codes: Readonly<Record<number, ProblemCode>> = {
    401: 'unauthenticated',
    403: 'forbidden',
    404: 'room-not-found',
    409: 'conflict',
  };
  return codes[status] ?? 'internal-error';
}
