import { unreachable } from '@velocity/core';
import { formatDependencySpec } from './dependency-spec.js';
import type { GraphProblem } from './graph-problem.js';
import { nearMisses } from './near-misses.js';
import { splitTaskId } from './task-id.js';
import type { TaskLookup } from './task-lookup.js';

/** A suggestion compares every name there is: 5,000 of them among 5,000 packages took half a minute. */
const MAX_SUGGESTIONS = 50;

/** Collects what is wrong while a graph is built: each mistake once, however many packages share the line it stands in. */
export class ProblemList<O> {
  readonly #problems: GraphProblem<O>[] = [];
  readonly #told = new Map<O | undefined, Set<string>>();

  add(problem: GraphProblem<O>): void {
    const mistake = mistakeOf(problem);
    if (mistake !== undefined) {
      const origin = 'origin' in problem ? problem.origin : undefined;
      const told = this.#told.get(origin) ?? new Set();
      if (told.has(mistake)) return;
      this.#told.set(origin, told.add(mistake));
    }
    this.#problems.push(problem);
  }

  /** The problems with their suggestions: only now are all names known that something could have been mistaken for. */
  finish(packageNames: Iterable<string>, lookup: TaskLookup<unknown>): readonly GraphProblem<O>[] {
    const packages = [...packageNames];
    return this.#problems.map((problem, index) => {
      if (index >= MAX_SUGGESTIONS) return problem;
      if (problem.kind === 'unknown-package') return { ...problem, suggestions: nearMisses(problem.package, packages) };
      if (problem.kind !== 'unknown-task') return problem;
      const { package: owner, task } = problem;
      const tasks = [...lookup.knownTasks].filter(
        (name) => owner === undefined || lookup.definitionOf(owner, name) !== undefined,
      );
      return { ...problem, suggestions: nearMisses(task, tasks) };
    });
  }
}

/** What two problems of one origin have in common when they are one mistake; `undefined` for a problem that stands alone. */
function mistakeOf(problem: GraphProblem): string | undefined {
  switch (problem.kind) {
    case 'cycle':
      return undefined;
    case 'invalid-name':
      return `${problem.kind} ${problem.reason} ${problem.ref.package} # ${problem.ref.task}`;
    case 'self-dependency':
      return problem.origin === undefined ? undefined : `${problem.kind} ${splitTaskId(problem.task).task}`;
    case 'unknown-package':
    case 'unknown-task': {
      const isAlone = problem.origin === undefined && problem.wantedBy !== undefined;
      return isAlone ? undefined : `${problem.kind} ${formatDependencySpec(problem.spec)}`;
    }
    default:
      return unreachable(problem);
  }
}
