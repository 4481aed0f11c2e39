import type { PlannedTask } from '../plan/planned-task.js';
import { encodeDetail, type TaskMemory } from './plan-memory.js';

export interface MemorizeOptions {
  /** Places of tasks. */
  readonly dependencies: readonly number[];
  /** The place of an input's trace. */
  readonly placeOf: (path: string) => number;
}

/** A task as the memory of the plan has it. */
export function memorizeTask(
  { id, package: name, name: task, command, key, fingerprint, inputs }: PlannedTask,
  { dependencies, placeOf }: MemorizeOptions,
): { readonly memory: TaskMemory; readonly detail: Buffer } {
  const { inputs: _inputs, global: _global, ...rest } = fingerprint;
  return {
    memory: { id, package: name, task, hasCommand: command !== undefined, key, dependencies },
    detail: encodeDetail({ fingerprint: rest, inputs: inputs.map(({ path }) => placeOf(path)) }),
  };
}
