import type { Snapshot } from './snapshot.js';
import { seenAt } from './trace-table.js';
import { lstatIfThere, SEEN } from './trace.js';
import { absolutePath } from './absolute-path.js';

/** What must be looked at again, as places in the lists of packages and of tasks. */
export interface BrokenSegments {
  /** Packages of which an input changed, or their set. */
  readonly packages: ReadonlySet<number>;
  /** Those of them of which the set may have changed. */
  readonly selections: ReadonlySet<number>;
  /** Tasks whose outputs changed. */
  readonly outputs: ReadonlySet<number>;
}

/** Finds what the broken traces belong to. */
export function brokenSegments(
  root: string,
  { opening, table }: Snapshot,
  options: { readonly broken: readonly number[]; readonly packageCount: number },
): BrokenSegments {
  const { broken, packageCount } = options;
  const packages = new Set<number>();
  const selections = new Set<number>();
  const outputs = new Set<number>();
  let segment = 0;
  let end = opening.segments[0] ?? 0;
  for (const index of broken) {
    while (index >= end) end += opening.segments[++segment] ?? Infinity;
    if (segment > packageCount) {
      outputs.add(segment - 1 - packageCount);
      continue;
    }
    packages.add(segment - 1);
    const path = absolutePath(root, table.paths[index] ?? '');
    if (!isStillFile(path, seenAt(table, index))) selections.add(segment - 1);
  }
  return { packages, selections, outputs };
}

/** Only its content, or its executable bit, is another: which files are inputs does not depend on that. */
function isStillFile(path: string, seen: number): boolean {
  if (seen !== SEEN.file && seen !== SEEN.executable) return false;
  return lstatIfThere(path)?.isFile() === true;
}
