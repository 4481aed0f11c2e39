import { VelocityError } from '@velocity/core';
import type { TaskGraph, TaskId, TaskNode } from '@velocity/graph';
import type { Package } from '@velocity/workspace';
import { parseDependencies, type TaskPayload } from '../plan/build-graph.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { resolveTask } from '../workspace/resolve-task.js';
import type { PlanMemory, TaskMemory } from './plan-memory.js';

/** The graph of a run that is recalled: the same as would be built again, with each task's configuration resolved when it is asked for. */
export function recallGraph(
  { tasks, entries }: PlanMemory,
  workspace: OpenWorkspace,
  ownerOf: (packageName: string) => Package,
): TaskGraph<TaskPayload> {
  const nodes = tasks.map((memory) => nodeOf(memory, workspace, ownerOf));
  const topologicalOrder = tasks.map(({ id }) => id);
  const sorted = nodes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const dependencies = new Map(
    tasks.map((memory) => [memory.id, memory.dependencies.flatMap((place) => topologicalOrder[place] ?? [])]),
  );
  let dependents: Map<TaskId, TaskId[]> | undefined;
  return {
    tasks: new Map(sorted.map((node) => [node.id, node])),
    entries,
    topologicalOrder,
    dependenciesOf: (id) => dependencies.get(id) ?? absent(id),
    dependentsOf: (id) => (dependents ??= reversed(sorted, dependencies)).get(id) ?? absent(id),
  };
}

function nodeOf(
  { id, package: name, task }: TaskMemory,
  workspace: OpenWorkspace,
  ownerOf: (packageName: string) => Package,
): TaskNode<TaskPayload> {
  let definition: TaskPayload | undefined;
  return {
    id,
    package: name,
    task,
    get definition() {
      definition ??= definitionOf(workspace, ownerOf(name), task);
      return definition;
    },
  };
}

function definitionOf(workspace: OpenWorkspace, owner: Package, task: string): TaskPayload {
  const config = resolveTask(workspace, owner, task);
  if (config === undefined) throw new Error(`no task ${task} in ${owner.name}`);
  return { config, dependsOn: parseDependencies(config, []) };
}

function reversed(
  nodes: readonly TaskNode<TaskPayload>[],
  dependencies: ReadonlyMap<TaskId, readonly TaskId[]>,
): Map<TaskId, TaskId[]> {
  const dependents = new Map(nodes.map(({ id }): [TaskId, TaskId[]] => [id, []]));
  for (const { id } of nodes) for (const target of dependencies.get(id) ?? []) dependents.get(target)?.push(id);
  return dependents;
}

function absent(id: TaskId): never {
  throw new VelocityError('VALUE_INVALID', `task ${JSON.stringify(id)} is not in the graph`);
}
