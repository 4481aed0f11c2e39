import { errorMessage, isErrno, isVelocityError, VelocityError } from '@velocity/core';

/** The codes of "there is no such file": an answer, as long as the store itself is there. */
export const ABSENT = ['ENOENT', 'ENOTDIR'] as const;

/** What link(2) says on file systems without hard links (FAT, exFAT, some network and FUSE mounts). */
export const NO_HARD_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'] as const;

/** An error of the file system in this library's words; a {@link VelocityError} stays what it is. */
export function storageError(error: unknown, what: string): Error {
  if (isVelocityError(error)) return error;
  if (isErrno(error, 'ENOSPC', 'EDQUOT')) {
    return new VelocityError('STORAGE_FULL', `${what}: no space left`, {
      hint: 'free some space, or give the store a smaller maximum size',
      cause: error,
    });
  }
  return new VelocityError('STORAGE_UNAVAILABLE', `${what}: ${errorMessage(error)}`, { cause: error });
}
