import { isErrno, printablePath, VelocityError } from '@velocity/core';

/** Not the bytes that they should be: the entry is broken and another copy may be good. */
export function corrupt(message: string, cause?: unknown): VelocityError {
  return new VelocityError('ARTIFACT_CORRUPT', `artifact is corrupt: ${message}`, { cause });
}

/** Well-formed, and still not something to write to a disk. */
export function unsafe(path: string, problem: string, hint?: string): VelocityError {
  return new VelocityError('ARTIFACT_UNSAFE', `${quotePath(path)} ${problem}`, { hint });
}

export function tooLarge(message: string): VelocityError {
  return new VelocityError('ARTIFACT_TOO_LARGE', `artifact is too large: ${message}`);
}

/** What lies on the disk is not what was hashed. */
export function changed(path: string, how: string, cause?: unknown): VelocityError {
  return new VelocityError('INTEGRITY', `output ${quotePath(path)} ${how}`, {
    hint: 'something still writes to the outputs after the task has ended',
    cause,
  });
}

/** What was found in its place before a swap is there no longer: everything that is staged is still good for another try. */
export function vanished(path: string, cause?: unknown): VelocityError {
  return new VelocityError(
    'STORAGE_UNAVAILABLE',
    `output ${quotePath(path)} has changed since it was found in its place`,
    {
      hint: 'something writes to the outputs while they are restored',
      cause,
    },
  );
}

export function quotePath(path: string): string {
  const shown = path.length > 300 ? `${path.slice(0, 300)}…` : path;
  return `"${printablePath(shown)}"`;
}

/** The error to throw for one of Node's that came while writing `path`: names that this file system refuses, and a full disk, have codes. */
export function writeFailure(path: string, error: unknown): unknown {
  if (isErrno(error, 'ENOSPC', 'EDQUOT')) {
    return new VelocityError('STORAGE_FULL', `no space left to write ${quotePath(path)}`, { cause: error });
  }
  if (isErrno(error, 'EEXIST', 'ENAMETOOLONG', 'EINVAL', 'EILSEQ', 'ENOTDIR', 'ELOOP')) {
    return new VelocityError('ARTIFACT_UNSAFE', `${quotePath(path)} cannot be written on this file system`, {
      cause: error,
    });
  }
  return error;
}

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new VelocityError('CANCELLED', 'cancelled', { cause: signal.reason });
}
