import { lstatSync, readdirSync, readFileSync, readlinkSync, type Dirent, type Stats } from 'node:fs';
import { digestOf, isErrno, unreachable, type Digest } from '@velocity/core';

/** What was seen at a path: its kind, its content, or for a folder the names and kinds of what is in it. */
export const SEEN = {
  missing: 0,
  /** Content. */
  file: 1,
  /** Content, and that it may be executed. */
  executable: 2,
  /** Where it points. */
  symlink: 3,
  /** Names and kinds of its entries. */
  listing: 4,
  /** That there is a folder, whatever is in it. */
  folder: 5,
  /** That there is something else than a folder. */
  present: 6,
  /** Which of the names that matter are there, and their kinds. */
  names: 7,
} as const;
export type Seen = (typeof SEEN)[keyof typeof SEEN];

/** One look at a path. `size`, `mtimeMs`, `ctimeMs` and `ino` are those of right before it; zeros where there was nothing. */
export interface Trace {
  readonly seen: Seen;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  /** Of what was seen; that of nothing where only the kind matters. */
  readonly digest: Digest;
}

export const NO_DIGEST = digestOf('');
export const NOTHING_THERE: Trace = { seen: SEEN.missing, size: 0, mtimeMs: 0, ctimeMs: 0, ino: 0, digest: NO_DIGEST };

export function traceOf(seen: Seen, { size, mtimeMs, ctimeMs, ino }: Stats, digest: Digest): Trace {
  return { seen, size, mtimeMs, ctimeMs, ino, digest };
}

/** The same; what was seen is hashed when somebody asks, for mostly nobody does. */
export function lazyTraceOf(seen: Seen, { size, mtimeMs, ctimeMs, ino }: Stats, digest: () => Digest): Trace {
  let known: Digest | undefined;
  return {
    seen,
    size,
    mtimeMs,
    ctimeMs,
    ino,
    get digest() {
      known ??= digest();
      return known;
    },
  };
}

export function lstatIfThere(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Of the names and kinds of a folder's entries, in whatever order they come. */
export function digestOfListing(entries: readonly Dirent[]): Digest {
  const lines = entries.map((entry) => {
    const kind = entry.isFile() ? 'f' : entry.isDirectory() ? 'd' : entry.isSymbolicLink() ? 'l' : 's';
    return `${kind}${entry.name}`;
  });
  return digestOf(lines.sort().join('\0'));
}

/**
 * Looks again, for what was seen before. Undefined: something else is there.
 * @param names those that matter for `SEEN.names`
 * @throws as `node:fs` does
 */
export function lookAgain(path: string, seen: Seen, names: ReadonlySet<string>): Trace | undefined {
  const stats = lstatIfThere(path);
  if (stats === undefined) return seen === SEEN.missing ? NOTHING_THERE : undefined;
  const list = (): Dirent[] => readdirSync(path, { withFileTypes: true });
  switch (seen) {
    case SEEN.missing:
      return undefined;
    case SEEN.file:
    case SEEN.executable: {
      if (!stats.isFile() || ((stats.mode & 0o100) !== 0) !== (seen === SEEN.executable)) return undefined;
      return traceOf(seen, stats, digestOf(readFileSync(path)));
    }
    case SEEN.symlink:
      if (!stats.isSymbolicLink()) return undefined;
      return traceOf(seen, stats, digestOf(readlinkSync(path, { encoding: 'buffer' })));
    case SEEN.listing:
      return stats.isDirectory() ? traceOf(seen, stats, digestOfListing(list())) : undefined;
    case SEEN.names: {
      if (!stats.isDirectory()) return undefined;
      return traceOf(seen, stats, digestOfListing(list().filter(({ name }) => names.has(name))));
    }
    case SEEN.folder:
      return stats.isDirectory() ? traceOf(seen, stats, NO_DIGEST) : undefined;
    case SEEN.present:
      return stats.isDirectory() ? undefined : traceOf(seen, stats, NO_DIGEST);
    default:
      return unreachable(seen);
  }
}
