import type { ErrorBody } from '@velocity/protocol';
import { isVelocityError, unreachable } from '@velocity/core';
import type { ErrorCode } from '@velocity/core';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

export interface RefusalOptions {
  readonly hint?: string | undefined;
  /** True when the same request may succeed later. */
  readonly retryable?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** An answer that is not the one asked for: a status, a stable code, and words for a person. */
export class Refusal extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: ContentfulStatusCode, code: string, message: string, options: RefusalOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
    this.headers = options.headers ?? {};
  }
}

/** What a thrown value becomes on the wire. Anything unforeseen is a bug: it says nothing of itself to the client. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (!isVelocityError(error)) {
    return new Refusal(500, 'INTERNAL', 'the gateway failed; its log says why', { cause: error });
  }
  const status = statusOf(error.code);
  if (status === 500) return new Refusal(500, 'INTERNAL', 'the gateway failed; its log says why', { cause: error });
  // The messages of storage name paths and hosts of the server's inside.
  const isInside = status === 503 || status === 507;
  const message =
    status === 503 ? 'the storage did not answer' : status === 507 ? 'the storage is full' : error.message;
  return new Refusal(status, error.code, message, {
    hint: isInside ? undefined : error.hint,
    retryable: status === 503,
    headers: status === 503 ? { 'retry-after': '2' } : {},
    cause: error,
  });
}

export function errorBody(refusal: Refusal): ErrorBody {
  const { code, message, hint, retryable } = refusal;
  return { error: { code, message, ...(hint !== undefined && { hint }), retryable } };
}

function statusOf(code: ErrorCode): ContentfulStatusCode {
  switch (code) {
    case 'STORAGE_UNAVAILABLE':
    case 'TIMEOUT':
    case 'CANCELLED':
      return 503;
    case 'STORAGE_FULL':
      return 507;
    case 'UNAUTHORIZED':
      return 401;
    case 'FORBIDDEN':
      return 403;
    case 'DRIVER_KEY_INVALID':
    case 'PROTOCOL':
    case 'VALUE_INVALID':
      return 400;
    case 'INTEGRITY':
      return 422;
    case 'ARTIFACT_TOO_LARGE':
      return 413;
    case 'ARTIFACT_CORRUPT':
    case 'ARTIFACT_UNSAFE':
    case 'CONFIG_INVALID':
    case 'CONFIG_NOT_FOUND':
    case 'GATEWAY_REFUSED':
    case 'GATEWAY_UNAVAILABLE':
    case 'GRAPH_INVALID':
    case 'INPUT_UNREADABLE':
    case 'LOCKFILE_INVALID':
    case 'PATH_INVALID':
    case 'USAGE':
    case 'WORKSPACE_INVALID':
      return 500;
    default:
      return unreachable(code);
  }
}
