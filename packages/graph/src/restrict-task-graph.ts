import type { TaskId } from './task-id.js';
import { createTaskGraph, type TaskGraph } from './task-graph.js';

/**
 * The part of a graph that consists of `keep` and the edges among them: what `--only` runs. A path through a task that
 * is left out orders nothing. Ids that are not in the graph are ignored.
 */
export function restrictTaskGraph<D>(graph: TaskGraph<D>, keep: Iterable<TaskId>): TaskGraph<D> {
  const kept = new Set(keep);
  const nodes = [...graph.tasks.values()].filter(({ id }) => kept.has(id));
  const edges = new Map(nodes.map(({ id }) => [id, graph.dependenciesOf(id).filter((target) => kept.has(target))]));
  return createTaskGraph(
    nodes,
    edges,
    graph.entries.filter((id) => kept.has(id)),
  );
}
