import { compareCodeUnits, VelocityError } from '@velocity/core';
import type { TaskGraph, TaskNode } from './task-graph.js';
import type { TaskId } from './task-id.js';

/** How long a task takes, in any unit: finite and not negative. */
export type WeightOf<D> = (task: TaskNode<D>) => number;

/** The chain of dependencies that takes longest: no amount of concurrency makes the run shorter. */
export interface CriticalPath {
  /** In the order in which they run; empty for an empty graph. */
  readonly tasks: readonly TaskId[];
  /** The sum of their weights. */
  readonly length: number;
}

/** Of several equally long paths, the one whose tasks come first by code unit, looked at from the first one on. */
export function criticalPath<D>(graph: TaskGraph<D>, weightOf: WeightOf<D>): CriticalPath {
  const lengths = priorities(graph, weightOf);
  const longestOf = (candidates: Iterable<TaskId>): TaskId | undefined =>
    [...candidates].reduce<TaskId | undefined>((best, id) => {
      const difference = (lengths.get(id) as number) - (best === undefined ? -1 : (lengths.get(best) as number));
      return difference > 0 || (difference === 0 && compareCodeUnits(id, best ?? id) < 0) ? id : best;
    }, undefined);

  const tasks: TaskId[] = [];
  const roots = graph.topologicalOrder.filter((id) => graph.dependenciesOf(id).length === 0);
  for (let id = longestOf(roots); id !== undefined; id = longestOf(graph.dependentsOf(id))) tasks.push(id);
  return { tasks, length: tasks[0] === undefined ? 0 : (lengths.get(tasks[0]) as number) };
}

/**
 * For each task the length of the longest path that starts with it: its own weight and that of what waits for it.
 * Starting the highest first is what keeps the critical path moving (Hu's rule for list scheduling).
 *
 * @throws VelocityError `VALUE_INVALID` for a weight that is not a length.
 */
export function priorities<D>(graph: TaskGraph<D>, weightOf: WeightOf<D>): ReadonlyMap<TaskId, number> {
  const result = new Map<TaskId, number>();
  for (const id of graph.topologicalOrder.toReversed()) {
    const task = graph.tasks.get(id) as TaskNode<D>;
    const weight = weightOf(task);
    if (!Number.isFinite(weight) || weight < 0) {
      throw new VelocityError('VALUE_INVALID', `the weight of ${id} is ${weight}: it must be finite and not negative`);
    }
    let longest = 0;
    for (const dependent of graph.dependentsOf(id)) longest = Math.max(longest, result.get(dependent) as number);
    result.set(id, weight + longest);
  }
  return result;
}
