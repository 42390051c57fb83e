import type { ProblemCode } from '@muon/contract/problem.ts';

/** A token, or what it asks for, that this node refuses; the message is for the one who showed it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ProblemCode;

  constructor(code: ProblemCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** @throws whatever else than a refusal it is given */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  throw error;
}
