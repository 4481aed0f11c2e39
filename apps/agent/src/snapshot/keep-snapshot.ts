import { readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { replaceFile } from '@velocity/core';
import type { TaskResult } from '../run/events.js';
import { encodeSnapshot } from './encode-snapshot.js';
import type { Snapshot } from './snapshot.js';

/** Commands and environments that somebody goes back and forth between. A snapshot of 1,000 packages has 6 MB. */
const MOST_KEPT = 8;

/** Looking at what so many tasks have put out costs less than planning the next run in full. */
const FEW_TASKS = 50;
const FEW_SHARE = 0.1;

/** After a run that did much, the next one has the time: it looks at everything anyway. */
export function isWorthKeeping(results: readonly TaskResult[], taskCount: number): boolean {
  const made = results.filter(({ outcome }) => outcome.status !== 'fresh' && outcome.status !== 'passed-through');
  return made.length <= Math.max(FEW_TASKS, taskCount * FEW_SHARE);
}

/** Writes a snapshot and removes the oldest beyond a few. Failing to is no error: the next run plans again. */
export function keepSnapshot(file: string, snapshot: Snapshot): void {
  try {
    const encoded = encodeSnapshot(snapshot);
    if (encoded === undefined) return;
    replaceFile(file, encoded);
    removeOldest(dirname(file));
  } catch {
    // A full or read-only disk.
  }
}

function removeOldest(folder: string): void {
  const files = readdirSync(folder).map((name) => join(folder, name));
  const byAge = files
    .map((file) => ({ file, mtimeMs: statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.mtimeMs - a.mtimeMs);
  for (const { file } of byAge.slice(MOST_KEPT)) rmSync(file, { force: true });
}
