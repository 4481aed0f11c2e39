import { compareCodeUnits } from '@velocity/core';
import type { CycleStep } from './graph-problem.js';
import { stronglyConnected } from './strongly-connected.js';
import { splitTaskId, type TaskId } from './task-id.js';

/** What each task depends on, with the origin of that dependency. No task depends on itself. */
export type OriginEdges<O> = ReadonlyMap<TaskId, ReadonlyMap<TaskId, O | undefined>>;

/** Beyond this many nobody reads on, and a graph may have exponentially many. */
const MAX_CYCLES = 50;
/** Each cycle costs a search of its component; this many tasks looked at take about a second. */
const MAX_SEARCHED_TASKS = 1_000_000;

/**
 * Cycles such that without them the graph has none, at most 50: each one is short, is told once, and starts at its
 * first task by code unit. A cycle within a package that the same lines of the configuration cause in others too is
 * told for the first of them.
 */
export function findCycles<O>(edges: OriginEdges<O>): readonly (readonly CycleStep<O>[])[] {
  const pending = cyclicComponents(edges.keys(), (id) => [...(edges.get(id)?.keys() ?? [])]);
  const removed = new Map<TaskId, Set<TaskId>>();
  const causes = new CauseNames<O>();
  const found = new Map<string, readonly CycleStep<O>[]>();

  let searchedTasks = 0;
  for (let component = pending.pop(); component !== undefined; component = pending.pop()) {
    if (found.size === MAX_CYCLES || searchedTasks > MAX_SEARCHED_TASKS) break;
    searchedTasks += component.length;
    const members = new Set(component);
    const targetsOf = (id: TaskId): TaskId[] =>
      [...(edges.get(id)?.keys() ?? [])].filter(
        (target) => members.has(target) && removed.get(id)?.has(target) !== true,
      );
    const path = shortestCycle(component[0] as TaskId, targetsOf);
    const steps = path.map((task, index) => {
      const next = path[(index + 1) % path.length] as TaskId;
      return { task, origin: edges.get(task)?.get(next) };
    });
    const cause = causes.nameOf(steps);
    if (!found.has(cause)) found.set(cause, steps);
    const last = path.at(-1) as TaskId;
    removed.set(last, (removed.get(last) ?? new Set()).add(path[0] as TaskId));
    pending.push(...cyclicComponents(component, targetsOf));
  }
  return [...found.values()];
}

/** Sorted so that the one with the first task comes last, where `pop` takes it. */
function cyclicComponents(roots: Iterable<TaskId>, targetsOf: (id: TaskId) => TaskId[]): TaskId[][] {
  return stronglyConnected([...roots].sort(compareCodeUnits), targetsOf)
    .filter((component) => component.length > 1)
    .map((component) => component.sort(compareCodeUnits))
    .sort((a, b) => compareCodeUnits(b[0] as TaskId, a[0] as TaskId));
}

/** A breadth-first search from `start` back to itself; there is such a way, since its component is strongly connected. */
function shortestCycle(start: TaskId, targetsOf: (id: TaskId) => TaskId[]): TaskId[] {
  const cameFrom = new Map<TaskId, TaskId>();
  const queue = [start];
  for (const id of queue) {
    for (const target of targetsOf(id).sort(compareCodeUnits)) {
      if (target === start) return walkBack(id, start, cameFrom);
      if (cameFrom.has(target)) continue;
      cameFrom.set(target, id);
      queue.push(target);
    }
  }
  throw new Error(`no cycle through ${start}`);
}

function walkBack(end: TaskId, start: TaskId, cameFrom: ReadonlyMap<TaskId, TaskId>): TaskId[] {
  const path = [end];
  for (let id = end; id !== start;) {
    id = cameFrom.get(id) as TaskId;
    path.push(id);
  }
  return path.reverse();
}

/** Gives cycles of one cause one name: those in different packages that come from the very same dependencies. */
class CauseNames<O> {
  readonly #numbers = new Map<O, number>();

  nameOf(steps: readonly CycleStep<O>[]): string {
    const refs = steps.map(({ task }) => splitTaskId(task));
    const isShared =
      refs.every((ref) => ref.package === refs[0]?.package) && steps.every((step) => step.origin !== undefined);
    if (!isShared) return steps.map(({ task }) => task).join('\n');
    return steps.map(({ origin }, index) => `#${refs[index]?.task} ${this.#numberOf(origin as O)}`).join('\n');
  }

  #numberOf(origin: O): number {
    const number = this.#numbers.get(origin) ?? this.#numbers.size;
    this.#numbers.set(origin, number);
    return number;
  }
}
