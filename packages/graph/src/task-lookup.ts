import { stronglyConnected } from './strongly-connected.js';

/** What the graph must know of a package. Names that are no package of the workspace count for nothing. */
export interface PackageDependencies {
  readonly dependencies: readonly string[];
}

export type ResolveTask<D> = (packageName: string, taskName: string) => D | undefined;

/** Which package has which task. Asks `resolveTask` at most once for each pair. */
export class TaskLookup<D> {
  readonly #packages: ReadonlyMap<string, PackageDependencies>;
  readonly #resolveTask: ResolveTask<D>;
  readonly #knownTasks: Set<string>;
  readonly #unknownTasks = new Set<string>();
  readonly #definitions = new Map<string, Map<string, D | undefined>>();
  readonly #upstream = new Map<string, Map<string, ReadonlySet<string>>>();

  constructor(
    packages: ReadonlyMap<string, PackageDependencies>,
    resolveTask: ResolveTask<D>,
    knownTasks: Iterable<string>,
  ) {
    this.#packages = packages;
    this.#resolveTask = resolveTask;
    this.#knownTasks = new Set(knownTasks);
  }

  /** Every task name that was seen to exist so far. */
  get knownTasks(): ReadonlySet<string> {
    return this.#knownTasks;
  }

  definitionOf(packageName: string, task: string): D | undefined {
    const ofTask = getOrAdd(this.#definitions, task, () => new Map<string, D | undefined>());
    if (ofTask.has(packageName)) return ofTask.get(packageName);
    const definition = this.#resolveTask(packageName, task);
    ofTask.set(packageName, definition);
    if (definition !== undefined) this.#knownTasks.add(task);
    return definition;
  }

  /** Whether any package has this task, or the caller said that it exists. */
  isKnown(task: string): boolean {
    if (this.#knownTasks.has(task)) return true;
    if (this.#unknownTasks.has(task)) return false;
    for (const name of this.#packages.keys()) if (this.definitionOf(name, task) !== undefined) return true;
    this.#unknownTasks.add(task);
    return false;
  }

  /**
   * The packages that `^task` means for this one: those of its dependencies that have the task, and for one that has
   * not, those that `^task` means for it. May hold the package itself when packages depend on each other.
   *
   * Remembered for each package on the way, so that a graph of many paths is walked once. Packages without the task that
   * depend on each other share one answer: hence the components.
   */
  upstreamOf(packageName: string, task: string): ReadonlySet<string> {
    const known = getOrAdd(this.#upstream, task, () => new Map<string, ReadonlySet<string>>());
    const isPassedThrough = (name: string): boolean => !known.has(name) && this.definitionOf(name, task) === undefined;
    if (!known.has(packageName)) {
      const components = stronglyConnected([packageName], (name) => this.#dependenciesOf(name).filter(isPassedThrough));
      for (const component of components) {
        const owners = new Set<string>();
        for (const dependency of component.flatMap((name) => this.#dependenciesOf(name))) {
          if (this.definitionOf(dependency, task) !== undefined) owners.add(dependency);
          else for (const owner of known.get(dependency) ?? []) owners.add(owner);
        }
        for (const name of component) known.set(name, owners);
      }
    }
    return known.get(packageName) as ReadonlySet<string>;
  }

  #dependenciesOf(packageName: string): readonly string[] {
    const dependencies = this.#packages.get(packageName)?.dependencies ?? [];
    return dependencies.filter((name) => this.#packages.has(name));
  }
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const made = make();
  map.set(key, made);
  return made;
}
