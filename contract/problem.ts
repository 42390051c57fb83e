import * as z from 'zod';

/**
 * Every way in which a request is refused: the stable code that callers may rely on, its HTTP status and title.
 * Each has a page in docs/problems/.
 */
export const problems = {
  'invalid-request': { status: 400, title: 'The request does not fit the schema' },
  unauthenticated: { status: 401, title: 'No valid credentials' },
  'token-expired': { status: 401, title: 'The token has expired' },
  forbidden: { status: 403, title: 'The credentials do not allow this' },
  'room-locked': { status: 403, title: 'The room is locked' },
  'participant-banned': { status: 403, title: 'The participant was removed, and may not come back yet' },
  'password-required': { status: 403, title: 'The room has a password, and it was not given' },
  'not-found': { status: 404, title: 'No such resource' },
  'key-not-found': { status: 404, title: 'No such API key' },
  'node-not-found': { status: 404, title: 'No such media node' },
  'room-not-found': { status: 404, title: 'No such room' },
  'participant-not-found': { status: 404, title: 'No such participant' },
  'track-not-found': { status: 404, title: 'No such track' },
  'session-not-found': { status: 404, title: 'No such session' },
  'webhook-not-found': { status: 404, title: 'No such webhook' },
  'delivery-not-found': { status: 404, title: 'No such delivery' },
  'ingress-not-found': { status: 404, title: 'No such ingress' },
  'trunk-not-found': { status: 404, title: 'No such SIP trunk' },
  'dispatch-rule-not-found': { status: 404, title: 'No such dispatch rule' },
  'call-not-found': { status: 404, title: 'No such call' },
  'egress-not-found': { status: 404, title: 'No such egress' },
  'recording-not-found': { status: 404, title: 'No such recording' },
  'method-not-allowed': { status: 405, title: 'The resource does not have this method' },
  'not-acceptable': { status: 406, title: 'The offer has a medium that cannot be taken' },
  'number-taken': { status: 409, title: 'Another trunk has this number' },
  'trunk-password-required': { status: 409, title: 'The password of the trunk has to be given again' },
  'pin-taken': { status: 409, title: 'Another dispatch rule has this PIN' },
  'too-many-dispatch-rules': { status: 409, title: 'There are as many dispatch rules as there may be' },
  'egress-ended': { status: 409, title: 'The egress has ended' },
  'recording-unfinished': { status: 409, title: 'The recording is still being written' },
  'request-in-flight': { status: 409, title: 'The same request is being done already' },
  'room-name-taken': { status: 409, title: 'Another room has this name' },
  'too-many-webhooks': { status: 409, title: 'There are as many webhooks as there may be' },
  'participant-not-movable': { status: 409, title: 'The participant cannot be sent to another room' },
  'room-full': { status: 409, title: 'The room has all the participants that it may have' },
  conflict: { status: 409, title: 'Another request changed the same thing at the same time' },
  'precondition-failed': { status: 412, title: 'The resource was changed in the meantime' },
  'message-too-large': { status: 413, title: 'The message is larger than a room message may be' },
  'body-too-large': { status: 413, title: 'The body is larger than this API takes' },
  'unsupported-media-type': { status: 415, title: 'The body has another type than this resource takes' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key was used for another request' },
  'precondition-required': { status: 428, title: 'The request has to say which state it is for' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'too-many-handshakes': { status: 429, title: 'Too many clients of this address are connecting' },
  'too-many-connections': { status: 429, title: 'Too many connections have not joined' },
  'internal-error': { status: 500, title: 'Something went wrong here' },
  'node-unreachable': { status: 502, title: 'The media node of the room does not answer' },
  overloaded: { status: 503, title: 'The service cannot do this right now' },
  'no-node-available': { status: 503, title: 'No media node has room' },
  'no-gateway-available': { status: 503, title: 'No gateway has room' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ProblemCode = keyof typeof problems;

/** Those that pass, and say in `Retry-After` when. */
export const passingProblems: ReadonlySet<ProblemCode> = new Set(['participant-banned', 'rate-limited', 'overloaded']);

/** What a refused request is answered with (RFC 9457, `application/problem+json`). */
export const problemSchema = z
  .object({
    type: z.string().meta({ example: '/problems/room-not-found' }),
    title: z.string(),
    status: z.int().min(400).max(599),
    code: z.enum(Object.keys(problems) as ProblemCode[]).meta({
      open: true,
      description:
        'What to branch on. Each operation names those that it may answer with; later versions may add some.',
    }),
    detail: z.string().optional().meta({ description: 'What is wrong with this very request.' }),
    instance: z.string().optional().meta({ description: 'The id of the request, to quote when asking for help.' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'For invalid-request: every place that does not fit.' }),
  })
  .meta({ id: 'Problem' });

export type Problem = z.infer<typeof problemSchema>;
