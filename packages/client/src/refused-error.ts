import { VelocityError, type ErrorCode, type VelocityErrorOptions } from '@velocity/core';

/** Someone answered, and it was no: with which status, and which word of their own for the reason. */
export class RefusedError extends VelocityError {
  readonly status: number;
  readonly reason: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: VelocityErrorOptions & { readonly status: number; readonly reason: string | undefined },
  ) {
    super(code, message, options);
    this.status = options.status;
    this.reason = options.reason;
  }
}
