import { basename } from 'node:path';
import type { TaskId } from '@velocity/graph';
import type { Disk } from '@velocity/workspace';
import type { DiskViews } from '../plan/disk-views.js';
import { ObservedDisk } from './observed-disk.js';
import { SEEN, type Trace } from './trace.js';

/** A path that was looked at, and what was seen there. */
export type Row = readonly [path: string, trace: Trace];

/**
 * Notes everything that is looked at on the disk, by what for, each with how it stood right before: as long as all of it stands so,
 * looking again would show the same. What was looked at once is remembered: for whoever looks through this, nothing changes.
 */
export class Evidence implements DiskViews {
  readonly plan: Disk;
  readonly #disk = new ObservedDisk();
  readonly #planned = new Traces();
  readonly #selections = new Map<string, Traces>();
  readonly #outputs = new Map<TaskId, Traces>();
  readonly #all = new Traces();

  constructor() {
    this.plan = this.#disk.notingTo((path, trace) => this.#note(this.#planned, path, trace));
  }

  /** False once something was looked at whose change could go unseen. */
  get isComplete(): boolean {
    return this.#disk.isComplete && this.#all.isConsistent;
  }

  /** Names for which folders were looked through; undefined where none was. */
  get names(): ReadonlySet<string> | undefined {
    return this.#disk.names;
  }

  selectionOf(packageName: string): Disk {
    const traces = tracesIn(this.#selections, packageName);
    // .gitignore files are read once for all packages.
    return this.#disk.notingTo((path, trace) => this.#note(isGits(path) ? this.#planned : traces, path, trace));
  }

  outputsOf(id: TaskId): Disk {
    const traces = tracesIn(this.#outputs, id);
    return this.#disk.notingTo((path, trace) => this.#note(traces, path, trace));
  }

  /** Adds what somebody else has looked at. */
  addPlanned(path: string, trace: Trace): void {
    this.#note(this.#planned, path, trace);
  }

  addInput(packageName: string, path: string, trace: Trace): void {
    this.#note(tracesIn(this.#selections, packageName), path, trace);
  }

  addOutput(id: TaskId, path: string, trace: Trace): void {
    this.#note(tracesIn(this.#outputs, id), path, trace);
  }

  planned(): Row[] {
    return [...this.#planned.rows()];
  }

  /** Without what the plan as a whole rests on. */
  selected(packageName: string): Row[] {
    return [...(this.#selections.get(packageName)?.rows() ?? [])].filter((row) => !this.#planned.covers(row));
  }

  /** Likewise. */
  put(id: TaskId): Row[] {
    return [...(this.#outputs.get(id)?.rows() ?? [])].filter((row) => !this.#planned.covers(row));
  }

  #note(traces: Traces, path: string, trace: Trace): void {
    traces.note(path, trace);
    this.#all.note(path, trace);
  }
}

/** What was seen at each path. Which names of a folder matter is noted beside what else is known of it. */
class Traces {
  readonly #traces = new Map<string, Trace>();
  readonly #names = new Map<string, Trace>();
  /** False once two looks have differed: together they prove nothing. */
  isConsistent = true;

  note(path: string, trace: Trace): void {
    const traces = trace.seen === SEEN.names ? this.#names : this.#traces;
    const known = traces.get(path);
    const isMore = known === undefined || (isVague(known) && !isVague(trace) && isSameThing(known, trace));
    if (isMore) traces.set(path, trace);
    else if (!isSame(known, trace)) this.isConsistent = false;
  }

  covers([path, trace]: Row): boolean {
    const known = (trace.seen === SEEN.names ? this.#names : this.#traces).get(path);
    return known !== undefined && (!isVague(known) || isVague(trace));
  }

  *rows(): Generator<Row> {
    yield* this.#traces;
    yield* this.#names;
  }
}

function tracesIn<K>(map: Map<K, Traces>, key: K): Traces {
  const known = map.get(key);
  if (known !== undefined) return known;
  const traces = new Traces();
  map.set(key, traces);
  return traces;
}

function isGits(path: string): boolean {
  return basename(path).startsWith('.git') || path.includes('/.git/');
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
