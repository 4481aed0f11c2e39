import type { Snapshot } from './snapshot.js';
import type { TableRange } from './trace-table.js';

/** Where each segment of a snapshot is in its table. */
export function rangesOf({ opening, table }: Snapshot): readonly TableRange[] {
  let at = 0;
  return opening.segments.map((length) => ({ table, start: at, end: (at += length) }));
}
