import { isVelocityError } from '@velocity/core';

/**
 * What a disk or a store may do at any time: an expected failure, or an error that the operating system gave to a call of ours. Anything
 * else that is thrown is a bug.
 */
export function isDiskFailure(error: unknown): error is Error {
  if (isVelocityError(error)) return true;
  if (typeof error !== 'object' || error === null) return false;
  const { code, syscall } = error as { readonly code?: unknown; readonly syscall?: unknown };
  return typeof code === 'string' && typeof syscall === 'string';
}
