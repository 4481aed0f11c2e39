import { compareCodeUnits, VelocityError } from '@velocity/core';
import type { DependencySpec } from './dependency-spec.js';
import type { TaskId } from './task-id.js';
import { topologicalOrder } from './topological-order.js';

/** One entry of `depends_on`; `origin` comes back in the problems about it. */
export interface TaskDependency<O = unknown> {
  readonly spec: DependencySpec;
  readonly origin?: O;
}

/** What the graph must know of a task. The caller's own type adds the rest: the command, the outputs. */
export interface TaskDefinition<O = unknown> {
  readonly dependsOn: readonly TaskDependency<O>[];
}

/** A task as it stands in a graph. */
export interface TaskNode<D> {
  readonly id: TaskId;
  readonly package: string;
  readonly task: string;
  readonly definition: D;
}

/** Tasks and what each one waits for; never with a cycle. Immutable. */
export interface TaskGraph<D> {
  /** By code unit of their ids, as every list of this graph but the topological order. */
  readonly tasks: ReadonlyMap<TaskId, TaskNode<D>>;
  /** The tasks that were asked for; the others are here because these depend on them. */
  readonly entries: readonly TaskId[];
  /** Every task after all that it depends on; the same for the same tasks and edges. */
  readonly topologicalOrder: readonly TaskId[];
  /** The direct ones. @throws VelocityError `VALUE_INVALID` for a task that is not in the graph. */
  dependenciesOf(id: TaskId): readonly TaskId[];
  /** The direct ones. @throws VelocityError `VALUE_INVALID` for a task that is not in the graph. */
  dependentsOf(id: TaskId): readonly TaskId[];
}

/** `edges` holds an entry for each node, without cycles: the callers in this package see to it. */
export function createTaskGraph<D>(
  nodes: Iterable<TaskNode<D>>,
  edges: ReadonlyMap<TaskId, Iterable<TaskId>>,
  entries: Iterable<TaskId>,
): TaskGraph<D> {
  const sorted = [...nodes].sort((a, b) => compareCodeUnits(a.id, b.id));
  const dependencies = new Map(sorted.map(({ id }) => [id, [...(edges.get(id) ?? [])].sort(compareCodeUnits)]));
  const dependents = new Map(sorted.map(({ id }): [TaskId, TaskId[]] => [id, []]));
  for (const [id, targets] of dependencies) for (const target of targets) dependents.get(target)?.push(id);
  return {
    tasks: new Map(sorted.map((node) => [node.id, node])),
    entries: [...new Set(entries)].sort(compareCodeUnits),
    topologicalOrder: topologicalOrder({ dependencies, dependents }),
    dependenciesOf: (id) => dependencies.get(id) ?? absent(id),
    dependentsOf: (id) => dependents.get(id) ?? absent(id),
  };
}

function absent(id: TaskId): never {
  throw new VelocityError('VALUE_INVALID', `task ${JSON.stringify(id)} is not in the graph`);
}
