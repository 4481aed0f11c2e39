import { lstatSync, readdirSync, readFileSync, type Dirent, type Stats } from 'node:fs';
import { isErrno } from '@velocity/core';

/** What stands at a path, links not followed. */
export type EntryKind = 'file' | 'directory' | 'symlink' | 'special' | 'missing';

/** How this package looks at the disk. Paths are absolute; what goes wrong is thrown as `node:fs` does. */
export interface Disk {
  /** @param names no other entries matter to whoever asks */
  readDirectory(path: string, names?: ReadonlySet<string>): Dirent[];
  readFile(path: string): Buffer;
  kindOf(path: string): EntryKind;
}

export const REAL_DISK: Disk = {
  readDirectory: (path, names) => {
    const entries = readdirSync(path, { withFileTypes: true });
    return names === undefined ? entries : entries.filter(({ name }) => names.has(name));
  },
  readFile: (path) => readFileSync(path),
  kindOf: (path) => kindOf(lstatIfThere(path)),
};

let current = REAL_DISK;

/** The disk that is looked at now. */
export function disk(): Disk {
  return current;
}

/**
 * Everything that this package looks at while `body` runs, it looks at through `own`: so somebody can note what an answer rests on.
 * `body` must be synchronous; what it starts and does not finish is looked at without.
 */
export function withDisk<T>(own: Disk, body: () => T): T {
  const outer = current;
  current = own;
  try {
    return body();
  } finally {
    current = outer;
  }
}

function lstatIfThere(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // Something on the way is no folder.
    if (isErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

function kindOf(stats: Stats | undefined): EntryKind {
  if (stats === undefined) return 'missing';
  if (stats.isDirectory()) return 'directory';
  if (stats.isFile()) return 'file';
  return stats.isSymbolicLink() ? 'symlink' : 'special';
}
