/** Numbers of errors: JSON-RPC 2.0's own, and HTTP's for what the request was refused for. */
export const rpcErrorCodes = {
  parseError: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  unauthenticated: 401,
  forbidden: 403,
  notFound: 404,
  conflict: 409,
  tooLarge: 413,
  tooManyRequests: 429,
  internal: 500,
  unavailable: 503,
} as const;

/** The stable code in `data.code` of every error that a node answers with, and what it means. */
export const signalErrors = {
  'invalid-request': 'It is no JSON-RPC, its params do not fit the method, or its SDP cannot be answered.',
  'method-not-allowed': 'There is no such method.',
  unauthenticated: 'The access token is absent or not valid.',
  'token-expired': 'The access token has expired; join again through the API.',
  forbidden: 'The token, or a moderator, does not allow it.',
  'participant-banned': 'A moderator removed this participant, and it may not come back yet.',
  'room-not-found': 'The token is for another room.',
  'room-full': 'The room has all the participants that it may have.',
  conflict:
    'It does not fit what was before: joining twice, an offer before joining, a token of an earlier allocation.',
  'session-not-found': 'There is nothing to resume: the token was used, or the session is over. Join again.',
  'track-not-found': 'There is no such track, or it is not subscribed, or not the own.',
  'participant-not-found': 'Nobody in the room has this identity.',
  'too-many-tracks': 'More subscriptions than one client may have.',
  'message-too-large': 'The message is larger than 65,536 bytes.',
  'too-many-messages': 'More messages than one participant may send.',
  'too-many-handshakes': 'Too many clients of this address are connecting; try again.',
  'no-node-available': 'Too many clients are connecting; try again.',
  'internal-error': 'Something went wrong at the node.',
} as const;

export type SignalErrorCode = keyof typeof signalErrors;
