import type { TaskGraph } from './task-graph.js';
import type { TaskId } from './task-id.js';

/** A graph as plain data, ready for `JSON.stringify`. */
export interface TaskGraphJson {
  readonly entries: readonly TaskId[];
  /** In topological order. */
  readonly tasks: readonly {
    readonly id: TaskId;
    readonly package: string;
    readonly task: string;
    readonly dependencies: readonly TaskId[];
    readonly dependents: readonly TaskId[];
  }[];
}

export function toJson(graph: TaskGraph<unknown>): TaskGraphJson {
  const tasks = graph.topologicalOrder.flatMap((id) => {
    const node = graph.tasks.get(id);
    if (node === undefined) return [];
    const [dependencies, dependents] = [graph.dependenciesOf(id), graph.dependentsOf(id)];
    return [{ id, package: node.package, task: node.task, dependencies, dependents }];
  });
  return { entries: graph.entries, tasks };
}
