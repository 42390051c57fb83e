import { problems, type Problem, type ProblemCode } from '@muon/contract/problem.ts';

export interface RefusalOptions extends ErrorOptions {
  readonly errors?: readonly Fault[];
  readonly retryAfterSeconds?: number;
}

type Fault = NonNullable<Problem['errors']>[number];

/** A request that is refused for a reason that its sender can act on. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ProblemCode;
  /** For `invalid-request`: every place that does not fit. */
  readonly errors: readonly Fault[] | undefined;
  /** For what passes: when to try again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ProblemCode, detail?: string, options: RefusalOptions = {}) {
    super(detail ?? problems[code].title, options);
    this.code = code;
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return problems[this.code].status;
  }
}
