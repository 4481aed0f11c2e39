import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf, replaceFile } from '@velocity/core';

const NOTHING: ReadonlySet<string> = new Set();

/**
 * Remembers which inputs changed while a task ran, in `.velocity/tasks`: who wrote them cannot be seen, but what changes in one execution
 * after the other is the task's own doing. Losing them costs a hint.
 */
export class SuspectInputs {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Stores what changed in this execution. @returns what changed in the one before */
  exchange(task: string, paths: readonly string[]): ReadonlySet<string> {
    const file = join(this.#folder, `${digestOf(task).slice(0, 32)}.changed.json`);
    const before = load(file, task);
    if (before === NOTHING && paths.length === 0) return before;
    try {
      if (paths.length === 0) rmSync(file, { force: true });
      else replaceFile(file, JSON.stringify({ version: 1, task, paths }));
    } catch {
      // Where nothing can be written, nothing is remembered.
    }
    return before;
  }
}

function load(file: string, task: string): ReadonlySet<string> {
  try {
    const stored = JSON.parse(readFileSync(file, 'utf8')) as { version: unknown; task: unknown; paths: string[] };
    return stored.version === 1 && stored.task === task ? new Set(stored.paths) : NOTHING;
  } catch {
    // Absent or damaged: nothing is known.
    return NOTHING;
  }
}
