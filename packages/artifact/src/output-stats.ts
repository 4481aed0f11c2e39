import { lstatSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { RelativePath } from '@velocity/core';
import type { Manifest } from './manifest.js';

/** What the file system says of one output: while this stays the same, so does the output. */
export interface OutputStat {
  readonly path: RelativePath;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  readonly mode: number;
}

/** One for each entry of a manifest, in its order. */
export type OutputStats = readonly OutputStat[];

export function outputStat(path: RelativePath, stats: Stats): OutputStat {
  const { size, mtimeMs, ctimeMs, ino, mode } = stats;
  return { path, size, mtimeMs, ctimeMs, ino, mode };
}

/** @throws the file system's own error when an entry is missing */
export function statOutputs(root: string, manifest: Manifest): OutputStats {
  return manifest.entries.map(({ path }) => outputStat(path, lstatSync(join(root, path))));
}
