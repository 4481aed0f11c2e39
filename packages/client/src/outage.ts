import { isVelocityError, type ErrorCode } from '@velocity/core';

/**
 * Whether a failure says something of the remote's health. A broken artifact, one that is too large, a cancelled request or a full
 * store, which still can be read, do not.
 */
export function isOutage(error: unknown): boolean {
  return OUTAGES.some((code) => isVelocityError(error, code));
}

const OUTAGES: readonly ErrorCode[] = [
  'GATEWAY_REFUSED',
  'GATEWAY_UNAVAILABLE',
  'PROTOCOL',
  'STORAGE_UNAVAILABLE',
  'TIMEOUT',
  'UNAUTHORIZED',
];
