import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';
import { isErrno } from '@velocity/core';
import { changed } from './artifact-error.js';

/** Never through a link, and never waiting for the other end of a FIFO that took the file's place. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a regular file; the caller closes it.
 * @throws VelocityError `INTEGRITY` when it has gone, or is something else by now
 */
export function openOutput(absolute: string, path: string): { readonly fd: number; readonly stats: Stats } {
  let fd: number;
  try {
    fd = openSync(absolute, READ_FLAGS);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'))
      throw changed(path, 'has changed since it was found', error);
    throw error;
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw changed(path, 'is no longer a file');
    return { fd, stats };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Windows has no such bit: there no file is executable. */
export function isExecutable(stats: Stats): boolean {
  return process.platform !== 'win32' && (stats.mode & 0o100) !== 0;
}
