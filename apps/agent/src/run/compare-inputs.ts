import { isSameVersion } from '@velocity/core';
import type { PlannedInput } from '../plan/planned-task.js';

export interface ComparedInput {
  readonly path: string;
  /** `written`: it holds the same, but was not left alone. */
  readonly change: 'added' | 'removed' | 'changed' | 'written';
}

/** In what two looks at some files differ. Bytes count, not what of them is part of a key: a task may read all of a file. */
export function compareInputs(before: readonly PlannedInput[], after: readonly PlannedInput[]): ComparedInput[] {
  const now = new Map(after.map((input) => [input.path, input]));
  const known = new Set(before.map(({ path }) => path));
  const changes = before.flatMap((old): ComparedInput[] => {
    const { path } = old;
    const input = now.get(path);
    if (input === undefined) return [{ path, change: 'removed' }];
    if (input.content !== old.content || input.type !== old.type) return [{ path, change: changeOf(old, input) }];
    // Put back or not: the task may have read what it held in between.
    return isSameVersion(old.version, input.version) ? [] : [{ path, change: 'written' }];
  });
  const added = after.filter(({ path }) => !known.has(path));
  return [...changes, ...added.map(({ path }): ComparedInput => ({ path, change: 'added' }))];
}

/** A file that is named literally is there as `missing` while it does not exist. */
function changeOf(before: PlannedInput, after: PlannedInput): ComparedInput['change'] {
  if (after.type === 'missing') return 'removed';
  return before.type === 'missing' ? 'added' : 'changed';
}
