import type { Problem, ProblemCode } from '@muon/contract/problem.ts';
import type { SignalErrorCode } from '@muon/contract/signal-error.ts';

/** Refusals of the API, and what can befall a connection besides: stable, to be told apart by programs. */
export type MuonErrorCode =
  | ProblemCode
  | SignalErrorCode
  /** The API or the media node cannot be reached. */
  | 'unreachable'
  /** Somebody else joined with the same identity. */
  | 'replaced'
  /** A moderator sent this participant away. */
  | 'removed'
  /** A moderator sent this participant to another room; the SDK joins there by itself. */
  | 'moved'
  /** The WebSocket broke before the answer: whether the request was carried out is not known. */
  | 'interrupted'
  /** The connection was lost and did not come back in time. */
  | 'connection-lost'
  /** The room was left while something was under way. */
  | 'left';

/** Why something could not be done: `code` for programs, `title` and `message` for people. */
export class MuonError extends Error {
  override readonly name = 'MuonError';
  readonly code: MuonErrorCode;
  /** The kind of error in a few words; the message says what is wrong this time. */
  readonly title: string;
  /** The HTTP status, where an API answered with one. */
  readonly status: number | undefined;
  /** The id of the request, to quote when asking for help. */
  readonly instance: string | undefined;

  constructor(code: MuonErrorCode, title: string, options: MuonErrorOptions = {}) {
    super(options.detail ?? title, options);
    this.code = code;
    this.title = title;
    this.status = options.status;
    this.instance = options.instance;
  }

  /** The error that an API told as problem details (RFC 9457). */
  static fromProblem({ code, title, status, detail, instance, errors }: Problem): MuonError {
    const places = errors?.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
    return new MuonError(code, title, { status, detail: places || detail, instance });
  }
}

interface MuonErrorOptions extends ErrorOptions {
  readonly detail?: string | undefined;
  readonly status?: number | undefined;
  readonly instance?: string | undefined;
}
