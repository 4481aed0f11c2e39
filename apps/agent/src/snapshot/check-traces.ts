import type { Stats } from 'node:fs';
import { seenAt, type TraceTable } from './encode-snapshot.js';
import { lookAgain, lstatIfThere, SEEN, type Trace } from './trace.js';

/** Time stamps come in ticks of up to 10 ms on file systems that keep fractions of a second (Linux's coarse clock), of up to 2 s on others (FAT). */
const FINE_TICK_MS = 100;
const COARSE_TICK_MS = 2000;

export interface CheckTracesOptions {
  readonly table: TraceTable;
  /** When the traces were taken. */
  readonly takenAtMs: number;
  /** Makes a path of the table absolute. */
  readonly locate: (path: string) => string;
}

/**
 * Whether every trace still holds. What was touched, or so close to the first look that a change in the same tick would not show, is
 * compared by content.
 * @returns undefined when something changed; else the traces that were compared by content, as they stand now
 */
export function checkTraces({ table, takenAtMs, locate }: CheckTracesOptions): ReadonlyMap<number, Trace> | undefined {
  const { paths, numbers } = table;
  const renewed = new Map<number, Trace>();
  for (const [index, path] of paths.entries()) {
    const absolute = locate(path);
    const seen = seenAt(table, index);
    const stats = lstatIfThere(absolute);
    if (seen === SEEN.missing) {
      if (stats !== undefined) return undefined;
      continue;
    }
    if (stats === undefined) return undefined;
    if (seen === SEEN.folder || seen === SEEN.present) {
      if (stats.isDirectory() !== (seen === SEEN.folder)) return undefined;
      continue;
    }
    const at = index * 4;
    const isSame =
      stats.mtimeMs === numbers[at + 1] &&
      stats.ctimeMs === numbers[at + 2] &&
      stats.ino === numbers[at + 3] &&
      (seen === SEEN.listing || stats.size === numbers[at]);
    if (isSame && !isRacy(stats, takenAtMs)) continue;
    const trace = lookAgain(absolute, seen);
    if (trace?.digest !== table.digestAt(index)) return undefined;
    renewed.set(index, trace);
  }
  return renewed;
}

/** git's rule for racily clean entries: a change right after the look leaves the same time stamp. */
function isRacy({ mtimeMs, ctimeMs }: Stats, takenAtMs: number): boolean {
  const newest = Math.max(mtimeMs, ctimeMs);
  return newest > takenAtMs - (Number.isInteger(newest) ? COARSE_TICK_MS : FINE_TICK_MS);
}
