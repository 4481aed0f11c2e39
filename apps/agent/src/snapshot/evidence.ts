import type { Dirent } from 'node:fs';
import { digestOf } from '@velocity/core';
import { REAL_DISK, type Disk, type EntryKind } from '@velocity/workspace';
import {
  digestOfListing,
  lazyTraceOf,
  lstatIfThere,
  NO_DIGEST,
  NOTHING_THERE,
  SEEN,
  traceOf,
  type Trace,
} from './trace.js';

/**
 * Notes everything that is looked at on the disk, each with how it stood right before: as long as all of it stands so, looking again
 * would show the same. What was looked at once is remembered: for whoever looks through this, nothing changes.
 */
export class Evidence implements Disk {
  readonly #traces = new Map<string, Trace>();
  readonly #listings = new Map<string, Dirent[]>();
  readonly #contents = new Map<string, Buffer>();
  #isComplete = true;

  /** By absolute path. */
  get traces(): ReadonlyMap<string, Trace> {
    return this.#traces;
  }

  /** False once something was looked at whose change could go unseen. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  readDirectory(path: string): Dirent[] {
    const known = this.#listings.get(path);
    if (known !== undefined) return known;
    const stats = lstatIfThere(path);
    if (stats === undefined) this.#note(path, NOTHING_THERE);
    // What a link leads to may change and the link stay.
    else if (!stats.isDirectory()) this.#isComplete = false;
    const entries = REAL_DISK.readDirectory(path);
    this.#listings.set(path, entries);
    if (stats !== undefined)
      this.#note(
        path,
        lazyTraceOf(SEEN.listing, stats, () => digestOfListing(entries)),
      );
    return entries;
  }

  readFile(path: string): Buffer {
    const known = this.#contents.get(path);
    if (known !== undefined) return known;
    const stats = lstatIfThere(path);
    if (stats === undefined) this.#note(path, NOTHING_THERE);
    else if (stats.isDirectory()) this.#note(path, traceOf(SEEN.folder, stats, NO_DIGEST));
    else if (!stats.isFile()) this.#isComplete = false;
    const content = REAL_DISK.readFile(path);
    this.#contents.set(path, content);
    if (stats?.isFile() === true) {
      const isExecutable = (stats.mode & 0o100) !== 0;
      this.#note(
        path,
        lazyTraceOf(isExecutable ? SEEN.executable : SEEN.file, stats, () => digestOf(content)),
      );
    }
    return content;
  }

  kindOf(path: string): EntryKind {
    const stats = lstatIfThere(path);
    const kind = stats === undefined ? 'missing' : REAL_DISK.kindOf(path);
    if (stats === undefined) this.#note(path, NOTHING_THERE);
    else if (stats.isDirectory()) this.#note(path, traceOf(SEEN.folder, stats, NO_DIGEST));
    else {
      this.#note(path, traceOf(SEEN.present, stats, NO_DIGEST));
      // What it leads to is looked at, too, and nobody would see that change.
      if (stats.isSymbolicLink()) this.#isComplete = false;
    }
    return kind;
  }

  /** Adds what somebody else has looked at. */
  add(path: string, trace: Trace): void {
    this.#note(path, trace);
  }

  /** Two looks that differ prove nothing. */
  #note(path: string, trace: Trace): void {
    const known = this.#traces.get(path);
    const isMore = known === undefined || (isVague(known) && !isVague(trace) && isSameThing(known, trace));
    if (isMore) this.#traces.set(path, trace);
    else if (!isSame(known, trace)) this.#isComplete = false;
  }
}

/** Says only that there is something. */
function isVague({ seen }: Trace): boolean {
  return seen === SEEN.folder || seen === SEEN.present;
}

function isSameThing(a: Trace, b: Trace): boolean {
  const isFolder = ({ seen }: Trace): boolean => seen === SEEN.folder || seen === SEEN.listing;
  return a.seen !== SEEN.missing && b.seen !== SEEN.missing && isFolder(a) === isFolder(b);
}

function isSame(known: Trace, trace: Trace): boolean {
  if (isVague(trace)) return isSameThing(known, trace);
  const { seen, ino, mtimeMs, ctimeMs, size, digest } = trace;
  const isSameEntry = known.seen === seen && known.ino === ino && known.mtimeMs === mtimeMs;
  return isSameEntry && known.ctimeMs === ctimeMs && known.size === size && known.digest === digest;
}
