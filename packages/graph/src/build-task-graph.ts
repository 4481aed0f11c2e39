import { unreachable } from '@velocity/core';
import type { DependencySpec } from './dependency-spec.js';
import { findCycles } from './find-cycles.js';
import type { GraphProblem } from './graph-problem.js';
import { ProblemList } from './problem-list.js';
import {
  createTaskGraph,
  type TaskDefinition,
  type TaskDependency,
  type TaskGraph,
  type TaskNode,
} from './task-graph.js';
import { nameProblem, type TaskId, type TaskRef } from './task-id.js';
import { TaskLookup, type PackageDependencies, type ResolveTask } from './task-lookup.js';

/** The type of the origins in a definition's dependencies. */
export type OriginOf<D> = D extends { readonly dependsOn: readonly TaskDependency<infer O>[] } ? O : unknown;

export interface BuildTaskGraphOptions<D extends TaskDefinition> {
  /** Every package by its name, the root one (`//`) too when it has tasks. They may depend on each other. */
  readonly packages: ReadonlyMap<string, PackageDependencies>;
  /** The definition of a package's task; `undefined` when it has no such task. Called once for each pair at most. */
  readonly resolveTask: ResolveTask<D>;
  /** What to run. An entry is left out when its package lacks a task that others have. */
  readonly entries: readonly TaskRef[];
  /** Names that are no mistake although no package may have such a task: those of the shared pipeline. */
  readonly knownTasks?: Iterable<string>;
}

export type BuildTaskGraphResult<D> =
  | { readonly ok: true; readonly graph: TaskGraph<D> }
  | { readonly ok: false; readonly problems: readonly GraphProblem<OriginOf<D>>[] };

/**
 * The entries with everything they depend on, or all that is wrong with them.
 *
 * `^t` passes through packages without `t` to their dependencies. `t` is skipped where only this package lacks it. A task
 * that no package has, and a named package or task that is missing, are problems. Packages may depend on each other as
 * long as their tasks do not wait for each other; a package never waits for itself by `^t`.
 *
 * A mistake is told once for each origin (compared with `===`), so give one line of a file that applies to many packages
 * one origin. Linear in the number of edges; never recursive.
 */
export function buildTaskGraph<D extends TaskDefinition>(options: BuildTaskGraphOptions<D>): BuildTaskGraphResult<D> {
  const { packages, entries } = options;
  const lookup = new TaskLookup(packages, options.resolveTask, options.knownTasks ?? []);
  const build = new GraphBuild<D, OriginOf<D>>(packages, lookup);

  const entryIds = entries.flatMap((entry) => build.addEntry(entry) ?? []);
  // A Map's iterator goes on to what is added meanwhile: it is the queue.
  for (const node of build.nodes.values()) {
    build.edges.set(node.id, new Map());
    for (const dependency of node.definition.dependsOn) build.connect(node, dependency as TaskDependency<OriginOf<D>>);
  }
  for (const path of findCycles(build.edges)) build.problems.add({ kind: 'cycle', path });

  const problems = build.problems.finish(packages.keys(), lookup);
  if (problems.length > 0) return { ok: false, problems };
  const edges = new Map([...build.edges].map(([id, targets]) => [id, targets.keys()]));
  return { ok: true, graph: createTaskGraph(build.nodes.values(), edges, entryIds) };
}

class GraphBuild<D extends TaskDefinition, O> {
  readonly nodes = new Map<TaskId, TaskNode<D>>();
  readonly edges = new Map<TaskId, Map<TaskId, O | undefined>>();
  readonly problems = new ProblemList<O>();
  readonly #packages: ReadonlyMap<string, PackageDependencies>;
  readonly #lookup: TaskLookup<D>;

  constructor(packages: ReadonlyMap<string, PackageDependencies>, lookup: TaskLookup<D>) {
    this.#packages = packages;
    this.#lookup = lookup;
  }

  addEntry(ref: TaskRef): TaskId | undefined {
    if (!this.#packages.has(ref.package)) {
      this.#reportUnknown({ kind: 'task', ...ref }, ref.package);
      return undefined;
    }
    const [found] = this.#targetsOf({ kind: 'same-package', task: ref.task }, ref.package);
    return found && this.#addNode(found);
  }

  connect(node: TaskNode<D>, { spec, origin }: TaskDependency<O>): void {
    const targets = this.edges.get(node.id);
    for (const ref of this.#targetsOf(spec, node.package, node.id, origin)) {
      const id = this.#addNode(ref);
      if (id === undefined) continue;
      if (id !== node.id) targets?.set(id, targets.get(id) ?? origin);
      else if (spec.kind !== 'upstream') this.problems.add({ kind: 'self-dependency', task: id, origin });
    }
  }

  #targetsOf(spec: DependencySpec, from: string, wantedBy?: TaskId, origin?: O): TaskRef[] {
    const { task } = spec;
    const isOf = (name: string): boolean => this.#lookup.definitionOf(name, task) !== undefined;
    switch (spec.kind) {
      case 'task': {
        if (this.#packages.has(spec.package) && isOf(spec.package)) return [{ package: spec.package, task }];
        this.#reportUnknown(spec, spec.package, wantedBy, origin);
        return [];
      }
      case 'same-package':
        if (isOf(from)) return [{ package: from, task }];
        break;
      case 'upstream': {
        const owners = this.#lookup.upstreamOf(from, task);
        if (owners.size > 0) return [...owners].map((name) => ({ package: name, task }));
        break;
      }
      default:
        return unreachable(spec);
    }
    if (!this.#lookup.isKnown(task)) this.#reportUnknown(spec, undefined, wantedBy, origin);
    return [];
  }

  #reportUnknown(spec: DependencySpec, owner: string | undefined, wantedBy?: TaskId, origin?: O): void {
    const wanted = { spec, wantedBy, origin, suggestions: [] };
    if (owner !== undefined && !this.#packages.has(owner)) {
      this.problems.add({ kind: 'unknown-package', package: owner, ...wanted });
    } else {
      this.problems.add({ kind: 'unknown-task', package: owner, task: spec.task, ...wanted });
    }
  }

  #addNode(ref: TaskRef): TaskId | undefined {
    const id = `${ref.package}#${ref.task}` as TaskId;
    if (this.nodes.has(id)) return id;
    const reason = nameProblem(ref.package) ?? nameProblem(ref.task);
    if (reason !== undefined) {
      this.problems.add({ kind: 'invalid-name', ref, reason });
      return undefined;
    }
    const definition = this.#lookup.definitionOf(ref.package, ref.task) as D;
    this.nodes.set(id, { id, ...ref, definition });
    return id;
  }
}
