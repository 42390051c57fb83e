import type { ProblemCode } from '@muon/contract/problem.ts';

export interface RefusalOptions extends ErrorOptions {
  /** When it is worth trying again. */
  readonly retryAfterSeconds?: number;
}

/** A token, or what it asks for, that this node refuses; the message is for the one who showed it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ProblemCode;
  readonly retryAfterSeconds: number | undefined;
  /** Whether the log has its line. */
  logged = false;

  constructor(code: ProblemCode, message: string, options: RefusalOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** @throws whatever else than a refusal it is given */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  throw error;
}
