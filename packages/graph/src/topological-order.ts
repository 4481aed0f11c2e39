import { compareCodeUnits } from '@velocity/core';
import { PriorityQueue } from './priority-queue.js';
import type { TaskId } from './task-id.js';

/** The edges of a graph in both directions; every node is a key of both. */
export interface Adjacency {
  readonly dependencies: ReadonlyMap<TaskId, readonly TaskId[]>;
  readonly dependents: ReadonlyMap<TaskId, readonly TaskId[]>;
}

/**
 * Every node after its dependencies; of the orders that hold, the first one by code unit, so that it does not
 * depend on how the graph was built. Nodes on a cycle, or above one, are left out.
 */
export function topologicalOrder({ dependencies, dependents }: Adjacency): TaskId[] {
  const missing = new Map([...dependencies].map(([id, of]) => [id, of.length]));
  const ready = new PriorityQueue<TaskId>(compareCodeUnits);
  for (const [id, count] of missing) if (count === 0) ready.push(id);

  const order: TaskId[] = [];
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    order.push(id);
    for (const dependent of dependents.get(id) ?? []) {
      const left = (missing.get(dependent) as number) - 1;
      missing.set(dependent, left);
      if (left === 0) ready.push(dependent);
    }
  }
  return order;
}
