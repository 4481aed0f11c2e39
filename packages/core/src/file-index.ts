import { lstatSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { digestOf, isDigest, type Digest } from './digest.js';
import { isErrno } from './errors.js';
import { digestOfFile } from './hash-stream.js';
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

interface Entry {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  readonly mode: number;
  readonly hashedAtMs: number;
  readonly digest: Digest;
}

const MAGIC = 'velocity-file-index 1';
const NUMBERS_PER_ENTRY = 6;
/** The coarsest time stamps in use (FAT): a file touched this shortly before it was hashed may have changed since without a trace. */
const TIMESTAMP_GRAIN_MS = 2000;
const EMPTY_DIGEST = digestOf('');
const NO_DIGEST = '' as Digest;

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
  readonly #entries: Map<string, Entry>;
  #isDirty = false;

  /** @param file where it is kept; without one it is not kept at all. */
  static load(options: { readonly root: string; readonly file?: string; readonly now: () => number }): FileIndex {
    return new FileIndex(
      options.root,
      options.file,
      options.now,
      options.file === undefined ? new Map() : readEntries(options.file),
    );
  }

  private constructor(root: string, file: string | undefined, now: () => number, entries: Map<string, Entry>) {
    this.#root = root;
    this.#file = file;
    this.#now = now;
    this.#entries = entries;
  }

  /**
   * The state of the file at `path`, relative to the root; links are not followed.
   * @throws the file system's own error for anything but a missing file
   */
  async state(path: string): Promise<FileState> {
    const absolute = join(this.#root, path);
    const stats = lstatIfExists(absolute);
    if (stats === undefined) return { type: 'missing', digest: EMPTY_DIGEST, size: 0, version: '' };
    const version = `${stats.ino} ${stats.mtimeMs} ${stats.nlink} ${stats.ctimeMs}`;
    if (stats.isSymbolicLink()) {
      const digest = digestOf(readlinkSync(absolute, { encoding: 'buffer' }));
      return { type: 'symlink', digest, size: stats.size, version };
    }
    if (stats.isDirectory()) return { type: 'directory', digest: NO_DIGEST, size: 0, version };
    if (!stats.isFile()) return { type: 'other', digest: NO_DIGEST, size: 0, version };
    return {
      type: isExecutable(stats) ? 'executable' : 'file',
      digest: await this.#digest(path, absolute, stats),
      size: stats.size,
      version,
    };
  }

  /** Writes the index when anything was learned: whole or not at all. Failing to is no error: the index only saves time. */
  save(): void {
    if (!this.#isDirty || this.#file === undefined) return;
    try {
      replaceFile(this.#file, encodeEntries(this.#entries));
      this.#isDirty = false;
    } catch {
      // The next run reads the files again.
    }
  }

  async #digest(path: string, absolute: string, stats: Stats): Promise<Digest> {
    const known = this.#entries.get(path);
    if (known !== undefined && isSame(known, stats) && !isRacy(known)) return known.digest;
    const hashedAtMs = this.#now();
    const digest = await digestOfFile(absolute, stats.size);
    const { size, mtimeMs, ctimeMs, ino, mode } = stats;
    this.#entries.set(path, { size, mtimeMs, ctimeMs, ino, mode, hashedAtMs, digest });
    this.#isDirty = true;
    return digest;
  }
}

function lstatIfExists(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Windows has no such bit: there every file counts as not executable. */
function isExecutable(stats: Stats): boolean {
  return process.platform !== 'win32' && (stats.mode & 0o100) !== 0;
}

function isSame(entry: Entry, stats: Stats): boolean {
  return (
    entry.size === stats.size &&
    entry.mtimeMs === stats.mtimeMs &&
    entry.ctimeMs === stats.ctimeMs &&
    entry.ino === stats.ino &&
    entry.mode === stats.mode
  );
}

function isRacy(entry: Entry): boolean {
  return Math.max(entry.mtimeMs, entry.ctimeMs) > entry.hashedAtMs - TIMESTAMP_GRAIN_MS;
}

/** Layout: a header line (magic, entry count, SHA-256 of the rest), 6 doubles an entry, 32 bytes of digest an entry, the paths joined by NUL. */
function encodeEntries(entries: ReadonlyMap<string, Entry>): Buffer {
  const numbers = new Float64Array(entries.size * NUMBERS_PER_ENTRY);
  const digests = Buffer.allocUnsafe(entries.size * 32);
  let index = 0;
  for (const entry of entries.values()) {
    numbers.set(
      [entry.size, entry.mtimeMs, entry.ctimeMs, entry.ino, entry.mode, entry.hashedAtMs],
      index * NUMBERS_PER_ENTRY,
    );
    digests.write(entry.digest, index * 32, 'hex');
    index += 1;
  }
  const body = Buffer.concat([Buffer.from(numbers.buffer), digests, Buffer.from([...entries.keys()].join('\0'))]);
  return Buffer.concat([Buffer.from(`${MAGIC} ${entries.size} ${digestOf(body)}\n`), body]);
}

function readEntries(file: string): Map<string, Entry> {
  try {
    return decodeEntries(readFileSync(file));
  } catch {
    // Absent, unreadable or not ours: start afresh.
    return new Map();
  }
}

function decodeEntries(data: Buffer): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const headerEnd = data.indexOf(10);
  const header = data.toString('latin1', 0, Math.max(headerEnd, 0));
  const body = data.subarray(headerEnd + 1);
  const match = /^(.+) (\d+) ([0-9a-f]{64})$/.exec(header);
  if (match?.[1] !== MAGIC || digestOf(body) !== match[3]) return entries;
  const count = Number(match[2]);
  const numbersEnd = count * NUMBERS_PER_ENTRY * 8;
  const numbers = new Float64Array(body.buffer.slice(body.byteOffset, body.byteOffset + numbersEnd));
  const paths = body.toString('utf8', numbersEnd + count * 32).split('\0');
  for (let index = 0; index < count; index++) {
    const at = index * NUMBERS_PER_ENTRY;
    const digest = body.toString('hex', numbersEnd + index * 32, numbersEnd + index * 32 + 32);
    const [size = 0, mtimeMs = 0, ctimeMs = 0, ino = 0, mode = 0, hashedAtMs = 0] = numbers.subarray(
      at,
      at + NUMBERS_PER_ENTRY,
    );
    if (isDigest(digest)) entries.set(paths[index] ?? '', { size, mtimeMs, ctimeMs, ino, mode, hashedAtMs, digest });
  }
  return entries;
}
