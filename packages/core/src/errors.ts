/** What went wrong, as a stable code that programs may compare; the message and the hint are for people. */
export type ErrorCode =
  | 'ARTIFACT_CORRUPT'
  | 'ARTIFACT_TOO_LARGE'
  | 'ARTIFACT_UNSAFE'
  | 'CANCELLED'
  | 'CONFIG_INVALID'
  | 'CONFIG_NOT_FOUND'
  | 'DRIVER_KEY_INVALID'
  | 'FORBIDDEN'
  | 'GATEWAY_REFUSED'
  | 'GATEWAY_UNAVAILABLE'
  | 'GRAPH_INVALID'
  | 'INPUT_UNREADABLE'
  | 'INTEGRITY'
  | 'LOCKFILE_INVALID'
  | 'PATH_INVALID'
  | 'PROTOCOL'
  | 'STORAGE_FULL'
  | 'STORAGE_UNAVAILABLE'
  | 'TIMEOUT'
  | 'UNAUTHORIZED'
  | 'USAGE'
  | 'VALUE_INVALID'
  | 'WORKSPACE_INVALID';

export interface VelocityErrorOptions {
  /** What the reader can do about it, as one sentence. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** An expected failure: bad input, an outage, a broken entry. Anything else that is thrown is a bug. */
export class VelocityError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: VelocityErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'VelocityError';
    this.code = code;
    this.hint = options.hint;
  }
}

/** True for a {@link VelocityError}, of the given code where one is given; works across realms and duplicate installs. */
export function isVelocityError(error: unknown, code?: ErrorCode): error is VelocityError {
  if (typeof error !== 'object' || error === null) return false;
  const candidate = error as { name?: unknown; code?: unknown };
  return candidate.name === 'VelocityError' && (code === undefined || candidate.code === code);
}

/** True for an error of Node's own with one of these codes, such as `ENOENT`. */
export function isErrno(error: unknown, ...codes: readonly string[]): error is NodeJS.ErrnoException {
  if (typeof error !== 'object' || error === null) return false;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && codes.includes(code);
}

/** The text of anything that was thrown. */
export function errorMessage(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}

/** Ends a `switch` over a union: fails to compile when a case is missing. */
export function unreachable(value: never): never {
  throw new Error(`unreachable value: ${JSON.stringify(value)}`);
}
