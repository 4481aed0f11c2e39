import type { Stats } from 'node:fs';
import type { Snapshot } from './snapshot.js';
import { digestAt, seenAt } from './trace-table.js';
import { lookAgain, lstatIfThere, SEEN, type Trace } from './trace.js';

/** Time stamps come in ticks of up to 10 ms on file systems that keep fractions of a second (Linux's coarse clock), of up to 2 s on others (FAT). */
const FINE_TICK_MS = 100;
const COARSE_TICK_MS = 2000;

/** How the traces of a snapshot stand now. */
export interface CheckedTraces {
  /** Traces that were compared by content, as they stand now. */
  readonly renewed: ReadonlyMap<number, Trace>;
  /** Those that do not hold any more. */
  readonly broken: readonly number[];
}

/**
 * Looks whether each trace still holds. What was touched, or so close to the first look that a change in the same tick would not show,
 * is compared by content. The root must be the current folder: at 1,000 packages that spares 15 ms of 120.
 * @returns undefined when the plan as a whole does not hold
 */
export function checkTraces({ opening, table }: Snapshot): CheckedTraces | undefined {
  const { pathBytes, numbers } = table;
  const { takenAtMs, segments, packageCount } = opening;
  const names = new Set(opening.names);
  const [planned = 0] = segments;
  const renewed = new Map<number, Trace>();
  const broken: number[] = [];
  let start = 0;
  let segment = 0;
  let segmentEnd = planned;
  let isGivenUp = false;
  for (let index = 0; index < table.seen.length; index++) {
    const end = pathBytes.indexOf(0, start);
    const from = start;
    start = end + 1;
    while (index >= segmentEnd) {
      segmentEnd += segments[++segment] ?? Infinity;
      isGivenUp = false;
    }
    // All outputs of a task are looked at anyway once one of them is another.
    if (isGivenUp) continue;
    const path = pathBytes.toString('utf8', from, end === -1 ? pathBytes.byteLength : end);
    const seen = seenAt(table, index);
    const stats = lstatIfThere(path);
    const at = index * 4;
    if (
      stats !== undefined &&
      stats.mtimeMs === numbers[at + 1] &&
      stats.ctimeMs === numbers[at + 2] &&
      stats.ino === numbers[at + 3] &&
      (stats.size === numbers[at] || seen === SEEN.listing || seen === SEEN.names) &&
      !isRacy(stats, takenAtMs)
    )
      continue;
    const trace = settle(path, seen, { stats, digest: digestAt(table, index), names });
    if (trace === 'unchanged') continue;
    if (trace !== undefined) renewed.set(index, trace);
    else if (index < planned) return undefined;
    else {
      broken.push(index);
      isGivenUp = segment > packageCount;
    }
  }
  return { renewed, broken };
}

/** Undefined: the trace does not hold. */
function settle(
  path: string,
  seen: Trace['seen'],
  known: { readonly stats: Stats | undefined; readonly digest: Trace['digest']; readonly names: ReadonlySet<string> },
): Trace | 'unchanged' | undefined {
  const { stats, digest, names } = known;
  if (seen === SEEN.missing) return stats === undefined ? 'unchanged' : undefined;
  if (stats === undefined) return undefined;
  if (seen === SEEN.folder || seen === SEEN.present)
    return stats.isDirectory() === (seen === SEEN.folder) ? 'unchanged' : undefined;
  const trace = lookAgain(path, seen, names);
  return trace?.digest === digest ? trace : undefined;
}

/** git's rule for racily clean entries: a change right after the look leaves the same time stamp. */
function isRacy({ mtimeMs, ctimeMs }: Stats, takenAtMs: number): boolean {
  const newest = Math.max(mtimeMs, ctimeMs);
  return newest > takenAtMs - (Number.isInteger(newest) ? COARSE_TICK_MS : FINE_TICK_MS);
}
