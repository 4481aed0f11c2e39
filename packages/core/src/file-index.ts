import { lstatSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { digestOf, type Digest } from './digest.js';
import { isErrno } from './errors.js';
import { StoredEntries, type FileIndexEntry } from './file-index-entries.js';
import { digestOfFile, SMALL_FILE_BYTES } from './hash-stream.js';
import { replaceFile } from './replace-file.js';

/** What a path holds: `digest` is that of the content, or for a link that of its target's text. */
export interface FileState {
  readonly type: 'file' | 'executable' | 'symlink' | 'directory' | 'other' | 'missing';
  /** Empty for directories and special files; the digest of nothing for `missing`. */
  readonly digest: Digest;
  readonly size: number;
  /** To be compared by {@link isSameVersion}; says nothing on another machine. */
  readonly version: string;
}

/**
 * Whether a file was neither written nor replaced between two looks; it may hold the same all the same. A change of nothing but the
 * number of its hard links, which moves its ctime, too, is none of the file's content.
 */
export function isSameVersion(before: string, after: string): boolean {
  if (before === after) return true;
  const [oldInode, oldTime, oldLinks] = before.split(' ');
  const [inode, time, links] = after.split(' ');
  return oldInode === inode && oldTime === time && oldLinks !== links;
}

/** The coarsest time stamps in use (FAT): a file touched this shortly before it was hashed may have changed since without a trace. */
const TIMESTAMP_GRAIN_MS = 2000;
const EMPTY_DIGEST = digestOf('');
const NO_DIGEST = '' as Digest;
const MISSING: FileState = { type: 'missing', digest: EMPTY_DIGEST, size: 0, version: '' };

/**
 * Remembers the digest of each file with its size, times, inode and mode, so that an unchanged file is not read again.
 *
 * A file whose times are not clearly older than the moment it was hashed is read again the next time: the rule that git's index
 * follows for "racily clean" entries. A missing, foreign or damaged index file counts as an empty one.
 */
export class FileIndex {
  readonly #root: string;
  readonly #file: string | undefined;
  readonly #now: () => number;
  readonly #stored: StoredEntries;
  readonly #learned = new Map<string, FileIndexEntry>();

  /** @param file where it is kept; without one it is not kept at all. */
  static load(options: { readonly root: string; readonly file?: string; readonly now: () => number }): FileIndex {
    return new FileIndex(options.root, options.file, options.now);
  }

  private constructor(root: string, file: string | undefined, now: () => number) {
    this.#root = root;
    this.#file = file;
    this.#now = now;
    this.#stored = StoredEntries.read(file);
  }

  /**
   * The state of the file at `path`, relative to the root; links are not followed.
   * @throws the file system's own error for anything but a missing file
   */
  async state(path: string): Promise<FileState> {
    const absolute = join(this.#root, path);
    const stats = lstatIfExists(absolute);
    if (stats === undefined || !stats.isFile()) return stateWithoutContent(absolute, stats);
    const known = this.#known(path, stats);
    if (known !== undefined) return fileState(stats, known);
    const hashedAtMs = this.#now();
    return fileState(stats, this.#learn(path, stats, hashedAtMs, await digestOfFile(absolute, stats.size)));
  }

  /**
   * As {@link state}, at once; undefined for a file that must be read and is too large for that. Of 20,000 files that are known, waiting
   * for each takes longer than looking at it.
   */
  stateNow(path: string): FileState | undefined {
    const absolute = `${this.#root}/${path}`;
    const stats = lstatIfExists(absolute);
    if (stats === undefined || !stats.isFile()) return stateWithoutContent(absolute, stats);
    const known = this.#known(path, stats);
    if (known !== undefined) return fileState(stats, known);
    if (stats.size > SMALL_FILE_BYTES) return undefined;
    const hashedAtMs = this.#now();
    return fileState(stats, this.#learn(path, stats, hashedAtMs, digestOf(readFileSync(absolute))));
  }

  /** Writes the index when anything was learned: whole or not at all. Failing to is no error: the index only saves time. */
  save(): void {
    if (this.#learned.size === 0 || this.#file === undefined) return;
    try {
      replaceFile(this.#file, this.#stored.encodeWith(this.#learned));
    } catch {
      // The next run reads the files again.
    }
  }

  #known(path: string, stats: Stats): Digest | undefined {
    const entry = this.#learned.get(path) ?? this.#stored.get(path);
    return entry !== undefined && isSame(entry, stats) && !isRacy(entry) ? entry.digest : undefined;
  }

  #learn(path: string, stats: Stats, hashedAtMs: number, digest: Digest): Digest {
    const { size, mtimeMs, ctimeMs, ino, mode } = stats;
    this.#learned.set(path, { size, mtimeMs, ctimeMs, ino, mode, hashedAtMs, digest });
    return digest;
  }
}

function fileState(stats: Stats, digest: Digest): FileState {
  return { type: isExecutable(stats) ? 'executable' : 'file', digest, size: stats.size, version: versionOf(stats) };
}

function stateWithoutContent(absolute: string, stats: Stats | undefined): FileState {
  if (stats === undefined) return MISSING;
  const version = versionOf(stats);
  if (stats.isDirectory()) return { type: 'directory', digest: NO_DIGEST, size: 0, version };
  if (!stats.isSymbolicLink()) return { type: 'other', digest: NO_DIGEST, size: 0, version };
  const digest = digestOf(readlinkSync(absolute, { encoding: 'buffer' }));
  return { type: 'symlink', digest, size: stats.size, version };
}

function versionOf({ ino, mtimeMs, nlink, ctimeMs }: Stats): string {
  return `${ino} ${mtimeMs} ${nlink} ${ctimeMs}`;
}

function lstatIfExists(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Windows has no such bit: there every file counts as not executable. */
function isExecutable(stats: Stats): boolean {
  return process.platform !== 'win32' && (stats.mode & 0o100) !== 0;
}

function isSame(entry: FileIndexEntry, stats: Stats): boolean {
  return (
    entry.size === stats.size &&
    entry.mtimeMs === stats.mtimeMs &&
    entry.ctimeMs === stats.ctimeMs &&
    entry.ino === stats.ino &&
    entry.mode === stats.mode
  );
}

function isRacy(entry: FileIndexEntry): boolean {
  return Math.max(entry.mtimeMs, entry.ctimeMs) > entry.hashedAtMs - TIMESTAMP_GRAIN_MS;
}
