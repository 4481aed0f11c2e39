import { VelocityError, type ErrorCode } from '@velocity/core';

/** Several mistakes at once, each with its place: printed line by line. */
export class ProblemsError extends VelocityError {
  readonly problems: readonly string[];

  constructor(code: ErrorCode, summary: string, problems: readonly string[], hint?: string) {
    super(code, summary, { hint });
    this.problems = problems;
  }
}
