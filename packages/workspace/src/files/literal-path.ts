import { isErrno, printablePath, VelocityError } from '@velocity/core';
import { disk } from '../disk.js';
import type { Directory } from '../documents/workspace-path.js';

export type PathKind = 'file' | 'directory' | 'special' | 'missing';

/**
 * What stands at a path: `file` for files and links, `special` for a socket, pipe or device, `missing` for nothing.
 * @throws VelocityError `INPUT_UNREADABLE`
 */
export function kindOfPath(root: string, path: Directory): PathKind {
  try {
    const kind = disk().kindOf(path === '' ? root : `${root}/${path}`);
    return kind === 'symlink' ? 'file' : kind;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return 'missing';
    throw new VelocityError('INPUT_UNREADABLE', `cannot look at ${printablePath(path)}`, { cause: error });
  }
}

/** True when one of the folders between `start` and `path` is a symbolic link; neither of them is looked at. */
export function isBehindLink(root: string, start: Directory, path: Directory): boolean {
  let end = path.indexOf('/', start === '' ? 0 : start.length + 1);
  for (; end !== -1; end = path.indexOf('/', end + 1)) {
    if (disk().kindOf(`${root}/${path.slice(0, end)}`) === 'symlink') return true;
  }
  return false;
}
