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

type Note = (path: string, trace: Trace) => void;

/** An answer, and what it rests on. */
interface Look<T> {
  readonly answer: T;
  readonly trace: Trace | undefined;
}

/** The real disk, looked at once: who asks again gets the same answer, and leaves the same trace. */
export class ObservedDisk {
  readonly #listings = new Map<string, Look<Dirent[]>>();
  readonly #filtered = new Map<string, Look<Dirent[]>>();
  readonly #contents = new Map<string, Look<Buffer>>();
  #isComplete = true;
  #names: ReadonlySet<string> | undefined;

  /** False once something was looked at whose change could go unseen. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  get names(): ReadonlySet<string> | undefined {
    return this.#names;
  }

  /** A disk whose every look is told to `note`. */
  notingTo(note: Note): Disk {
    return {
      readDirectory: (path, names) => {
        const known = (names === undefined ? this.#listings : this.#filtered).get(path);
        return tell(note, path, known ?? this.#list(path, names, note));
      },
      readFile: (path) => tell(note, path, this.#contents.get(path) ?? this.#read(path, note)),
      kindOf: (path) => this.#kindOf(path, note),
    };
  }

  #list(path: string, names: ReadonlySet<string> | undefined, note: Note): Look<Dirent[]> {
    const stats = lstatIfThere(path);
    if (stats === undefined) note(path, NOTHING_THERE);
    // What a link leads to may change and the link stay.
    else if (!stats.isDirectory()) this.#isComplete = false;
    if (names !== undefined) this.#names ??= names;
    // Whoever looks again would have to know for which names.
    if (names !== undefined && names !== this.#names) this.#isComplete = false;
    const answer = REAL_DISK.readDirectory(path, names);
    const seen = names === undefined ? SEEN.listing : SEEN.names;
    const look = { answer, trace: stats && lazyTraceOf(seen, stats, () => digestOfListing(answer)) };
    (names === undefined ? this.#listings : this.#filtered).set(path, look);
    return look;
  }

  #read(path: string, note: Note): Look<Buffer> {
    const stats = lstatIfThere(path);
    if (stats === undefined) note(path, NOTHING_THERE);
    else if (stats.isDirectory()) note(path, traceOf(SEEN.folder, stats, NO_DIGEST));
    else if (!stats.isFile()) this.#isComplete = false;
    const answer = REAL_DISK.readFile(path);
    if (stats?.isFile() !== true) return { answer, trace: undefined };
    const seen = (stats.mode & 0o100) !== 0 ? SEEN.executable : SEEN.file;
    const look = { answer, trace: lazyTraceOf(seen, stats, () => digestOf(answer)) };
    this.#contents.set(path, look);
    return look;
  }

  #kindOf(path: string, note: Note): EntryKind {
    const stats = lstatIfThere(path);
    const kind = stats === undefined ? 'missing' : REAL_DISK.kindOf(path);
    if (stats === undefined) note(path, NOTHING_THERE);
    else {
      note(path, traceOf(stats.isDirectory() ? SEEN.folder : SEEN.present, stats, NO_DIGEST));
      // What it leads to is looked at, too, and nobody would see that change.
      if (stats.isSymbolicLink()) this.#isComplete = false;
    }
    return kind;
  }
}

function tell<T>(note: Note, path: string, { answer, trace }: Look<T>): T {
  if (trace !== undefined) note(path, trace);
  return answer;
}
