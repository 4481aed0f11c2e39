import type { TaskGraph, TaskId } from '@velocity/graph';
import { compileGlobs, type CompiledGlobs, type IgnoreCache, type Package } from '@velocity/workspace';
import type { TaskConfig } from '../config/types.js';
import { listTasks } from '../workspace/list-tasks.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import type { TaskPayload } from './build-graph.js';
import { dotenvFiles } from './dotenv.js';
import { selectInputs, type SelectedInputs } from './task-inputs.js';

export interface InputSelectorOptions {
  readonly workspace: OpenWorkspace;
  readonly graph: TaskGraph<TaskPayload>;
  readonly ignoreCache: IgnoreCache;
}

/** Knows which files are inputs of which task of a graph. */
export class InputSelector {
  readonly #options: InputSelectorOptions;
  readonly #packages: ReadonlyMap<string, Package>;
  /** Sorted by code unit. */
  readonly #directories: readonly string[];
  /** Tasks of the graph by package. */
  readonly #taskCounts = new Map<string, number>();
  readonly #packageOutputs = new Map<string, readonly CompiledGlobs[]>();

  constructor(options: InputSelectorOptions) {
    this.#options = options;
    this.#packages = new Map(options.workspace.packages.map((entry) => [entry.name, entry]));
    this.#directories = options.workspace.packages.map(({ directory }) => directory).sort();
    for (const node of options.graph.tasks.values())
      this.#taskCounts.set(node.package, (this.#taskCounts.get(node.package) ?? 0) + 1);
  }

  select(owner: Package, id: TaskId, config: TaskConfig): SelectedInputs {
    const { directory } = owner;
    const { workspace, ignoreCache } = this.#options;
    return selectInputs({
      root: workspace.root,
      directory,
      globs: config.inputs,
      jsonInputs: config.jsonInputs,
      dotenv: [...dotenvFiles(directory, config), ...dotenvFiles('', workspace.config.global)],
      nested: this.#nestedIn(directory),
      outputs: this.#outputsOf(owner, id, config),
      ignoreCache,
    });
  }

  /** The files that every task depends on. */
  selectGlobal(): SelectedInputs {
    const { workspace, ignoreCache } = this.#options;
    const { inputs: globs, jsonInputs, dotenv } = workspace.config.global;
    if (globs.length + jsonInputs.length === 0) return { paths: [], invalidNames: [] };
    return selectInputs({
      root: workspace.root,
      directory: '',
      globs,
      jsonInputs,
      dotenv: dotenvFiles('', { dotenv }),
      nested: [],
      outputs: [],
      ignoreCache,
    });
  }

  /**
   * What is no input although it matches: with default inputs everything that a task of the package writes, whether or not it runs now;
   * else what the task itself and those that it depends on write. Their keys stand for it, and before they ran it is not there.
   */
  #outputsOf(owner: Package, id: TaskId, config: TaskConfig): readonly CompiledGlobs[] {
    if (config.inputs === undefined) return this.#allOutputsOf(owner);
    const named = [
      ...config.inputs.map((glob) => glob.replace(/^!/, '')),
      ...config.jsonInputs.map(({ file }) => file),
    ];
    const isReachingOut = named.some((path) => path.startsWith('$ROOT/'));
    const isAlone = !isReachingOut && this.#taskCounts.get(owner.name) === 1;
    const related = isAlone ? [id] : [id, ...this.#allDependenciesOf(id)];
    return related.flatMap((task) => {
      const node = this.#options.graph.tasks.get(task);
      if (node === undefined || (!isReachingOut && node.package !== owner.name)) return [];
      return this.#matcher(node.package, node.definition.config) ?? [];
    });
  }

  #allOutputsOf(owner: Package): readonly CompiledGlobs[] {
    const known = this.#packageOutputs.get(owner.name);
    if (known !== undefined) return known;
    const matchers = listTasks(this.#options.workspace, owner).flatMap(({ config }) =>
      claimsOf(config.outputs).flatMap((outputs) => this.#matcher(owner.name, { outputs }) ?? []),
    );
    this.#packageOutputs.set(owner.name, matchers);
    return matchers;
  }

  #matcher(packageName: string, { outputs }: Pick<TaskConfig, 'outputs'>): CompiledGlobs | undefined {
    return outputs.length === 0
      ? undefined
      : compileGlobs(outputs, { directory: this.#packages.get(packageName)?.directory ?? '' });
  }

  #allDependenciesOf(id: TaskId): Iterable<TaskId> {
    const { graph } = this.#options;
    const found = new Set(graph.dependenciesOf(id));
    for (const task of found) for (const dependency of graph.dependenciesOf(task)) found.add(dependency);
    return found;
  }

  #nestedIn(directory: string): string[] {
    if (directory === '') return this.#directories.filter((other) => other !== '');
    const prefix = `${directory}/`;
    const nested: string[] = [];
    // They are sorted: those of one folder stand side by side.
    for (let index = firstFrom(this.#directories, prefix); index < this.#directories.length; index++) {
      const other = this.#directories[index] ?? '';
      if (!other.startsWith(prefix)) break;
      nested.push(other);
    }
    return nested;
  }
}

/** Index of the first of sorted texts that is not before `start`. */
function firstFrom(sorted: readonly string[], start: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Globs for what is a task's to write in its package: its outputs, and where one of them takes a whole folder, what later ones except
 * from it. `dist/cache` in `["dist/**", "!dist/cache/**"]` is not stored, but it is no source either.
 */
function claimsOf(outputs: readonly string[]): readonly (readonly string[])[] {
  const folders = outputs.filter(
    (glob) => !glob.startsWith('!') && (/\/\*\*(?:\/\*)?$/.test(glob) || !/[*?[\]{}()]/.test(glob)),
  );
  return folders.length === outputs.length ? [outputs] : [outputs, folders];
}
