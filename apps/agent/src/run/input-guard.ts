import { isSameVersion, isVelocityError, type FileIndex, type RelativePath } from '@velocity/core';
import { readInputs } from '../plan/task-inputs.js';
import type { PlannedInput, PlannedTask } from '../plan/planned-task.js';

/**
 * Looks at a task's inputs again once it has ended. A result that was made while an input changed belongs to no key.
 * @returns the first path that differs and how, or undefined when all is as it was
 */
export async function changedInput(
  task: PlannedTask,
  index: FileIndex,
  selectAgain: (task: PlannedTask) => readonly RelativePath[],
): Promise<string | undefined> {
  const now = await readAgain(task, index, selectAgain);
  if (typeof now === 'string') return now;
  for (const before of task.inputs) {
    const after = now.get(before.path);
    now.delete(before.path);
    if (after === undefined) return `${before.path} was removed while the task ran`;
    if (!isSame(before, after)) return `${before.path} changed while the task ran`;
    // Put back or not: the task may have read what it held in between.
    if (!isSameVersion(before.version, after.version)) return `${before.path} was written while the task ran`;
  }
  const [added] = now.keys();
  return added === undefined ? undefined : `${added} was added while the task ran`;
}

async function readAgain(
  task: PlannedTask,
  index: FileIndex,
  selectAgain: (task: PlannedTask) => readonly RelativePath[],
): Promise<Map<string, PlannedInput> | string> {
  try {
    return new Map((await readInputs(index, selectAgain(task))).map((input) => [input.path, input]));
  } catch (error) {
    if (isVelocityError(error)) return error.message;
    throw error;
  }
}

function isSame(a: PlannedInput, b: PlannedInput): boolean {
  return a.digest === b.digest && a.type === b.type;
}
