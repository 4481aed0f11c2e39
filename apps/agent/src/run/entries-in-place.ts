import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { join, posix } from 'node:path';
import type { ManifestEntry } from '@velocity/artifact';
import { isErrno, type Digest } from '@velocity/core';
import { isUntouched, type KnownOutput, type TaskState } from '../tasks/task-state.js';

type FileEntry = Extract<ManifestEntry, { type: 'file' }>;

/** Reading a larger file to see whether it is right takes as long as unpacking it. */
const MAX_HASHED_BYTES = 64 * 1024 * 1024;
const PIECE_BYTES = 256 * 1024;

/**
 * Says of entries whether the workspace holds them already: as this checkout left them, or with the same content, in folders that are no
 * links. Empty folders are not looked at, since putting one there costs nothing.
 * @param state what is known of the task's last good result, of whatever key
 */
export function entriesInPlace(root: string, state: TaskState | undefined): (entry: ManifestEntry) => boolean {
  const known = new Map(state?.outputs.map((output) => [output[0], output]));
  const isFolder = folderLook(root);
  return (entry) => {
    if (entry.type === 'directory' || !isFolder(posix.dirname(entry.path))) return false;
    const absolute = join(root, entry.path);
    const stats = lstatIfThere(absolute);
    if (stats === undefined) return false;
    if (entry.type === 'symlink') return stats.isSymbolicLink() && readlinkSync(absolute) === entry.target;
    if (!isLike(stats, entry)) return false;
    const output = known.get(entry.path);
    if (output !== undefined && state !== undefined && isUntouched(output, stats, state.seenAtMs))
      return contentOf(output) === entry.digest;
    return stats.size <= MAX_HASHED_BYTES && digestNow(absolute) === entry.digest;
  };
}

/** Whether a path leads through folders alone. What lies behind a link is not the workspace's, and no swap leaves it as it is. */
function folderLook(root: string): (path: string) => boolean {
  const seen = new Map<string, boolean>([['.', true]]);
  const isFolder = (path: string): boolean => {
    const before = seen.get(path);
    if (before !== undefined) return before;
    const found = isFolder(posix.dirname(path)) && lstatIfThere(join(root, path))?.isDirectory() === true;
    seen.set(path, found);
    return found;
  };
  return isFolder;
}

function isLike(stats: Stats, { size, executable }: FileEntry): boolean {
  return stats.isFile() && stats.size === size && ((stats.mode & 0o100) !== 0) === executable;
}

function contentOf(output: KnownOutput): string {
  return output[6];
}

function lstatIfThere(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Undefined for what cannot be read: it is then put there anew. */
function digestNow(path: string): Digest | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const hash = createHash('sha256');
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    for (let read = readSync(fd, piece); read > 0; read = readSync(fd, piece)) hash.update(piece.subarray(0, read));
    return hash.digest('hex') as Digest;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES', 'EPERM', 'EIO', 'EISDIR')) return undefined;
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
