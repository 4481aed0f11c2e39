import { printablePath, type ErrorCode } from '@velocity/core';
import type { ErrorBody } from '@velocity/protocol';
import { RefusedError } from './refused-error.js';

const MAX_WORDS = 300;

/** A refusal as an error of ours: its code tells what kind, its message what the gateway said. */
export function gatewayError(origin: string, status: number, body: ErrorBody | undefined): RefusedError {
  const said = body === undefined ? `status ${status}` : tame(body.error.message);
  const hint = body?.error.hint === undefined ? undefined : tame(body.error.hint);
  const details = { status, reason: body?.error.code };
  if (status === 401) {
    return new RefusedError('UNAUTHORIZED', `${origin} refused the token: ${said}`, {
      hint: hint ?? 'check VC_AUTH_TOKEN or remote.token',
      ...details,
    });
  }
  return new RefusedError(codeOf(status), `${origin}: ${said}`, { hint: hint ?? hintFor(status, body), ...details });
}

/** The error of one item in a batch that was answered as a whole: it has a code and no status. */
export function itemError(origin: string, body: ErrorBody): RefusedError {
  const { code, retryable } = body.error;
  return gatewayError(origin, STATUS_OF[code] ?? (retryable ? 503 : 400), body);
}

const STATUS_OF: Readonly<Record<string, number>> = {
  ARTIFACT_TOO_LARGE: 413,
  FORBIDDEN: 403,
  INTERNAL: 500,
  STORAGE_FULL: 507,
  STORAGE_UNAVAILABLE: 503,
  UNAUTHORIZED: 401,
};

function codeOf(status: number): ErrorCode {
  if (status === 403) return 'FORBIDDEN';
  if (status === 413) return 'ARTIFACT_TOO_LARGE';
  if (status === 507) return 'STORAGE_FULL';
  if (status === 503) return 'STORAGE_UNAVAILABLE';
  return status === 408 || status === 429 || status >= 500 ? 'GATEWAY_UNAVAILABLE' : 'GATEWAY_REFUSED';
}

function hintFor(status: number, body: ErrorBody | undefined): string | undefined {
  if (status >= 300 && status < 400) return 'redirects are not followed: configure the address that this one leads to';
  if (body === undefined && status < 500) return 'is this the address of a VelocityCache gateway?';
  return undefined;
}

/** The other side's words may be long, and may hold what drives a terminal. */
function tame(words: string): string {
  return printablePath(words.length > MAX_WORDS ? `${words.slice(0, MAX_WORDS)}…` : words);
}
