import {
  cacheKeyOf,
  FINGERPRINT_FORMAT,
  type CacheKey,
  type FileIndex,
  type Fingerprint,
  type FingerprintEnv,
  type RelativePath,
} from '@velocity/core';
import type { TaskGraph, TaskId } from '@velocity/graph';
import { IgnoreCache, lockfileClosures, withDisk, type Package } from '@velocity/workspace';
import type { AgentContext } from '../agent-context.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import type { TaskPayload } from './build-graph.js';
import { dependencyValues, hasOutputDependency, type DependencyValues, type OutputsOf } from './dependency-values.js';
import { REAL_DISK_VIEWS, type DiskViews } from './disk-views.js';
import { dotenvFiles, loadDotenv, mergeDotenv, type LoadedDotenv } from './dotenv.js';
import { InputSelector } from './input-selector.js';
import { InputViews } from './input-views.js';
import type { PlannedInput, PlannedTask } from './planned-task.js';
import { fingerprintDotenv, fingerprintEnvironment, taskEnvironment } from './task-environment.js';
import { describeInvalidName, readInputs, toFingerprintInputs } from './task-inputs.js';
import { Toolchains } from './toolchains.js';

export interface PlanOptions {
  readonly context: AgentContext;
  readonly workspace: OpenWorkspace;
  readonly graph: TaskGraph<TaskPayload>;
  /** For the tasks that the command line names. */
  readonly args: readonly string[];
  readonly index: FileIndex;
  /** How the disk is looked at; the contents of inputs are looked at through the index. */
  readonly views?: DiskViews | undefined;
}

export interface Plan {
  readonly tasks: ReadonlyMap<TaskId, PlannedTask>;
  /** Tasks whose keys depend on what others put out, dependencies first. */
  readonly late: ReadonlySet<TaskId>;
  /** The tools whose versions are part of keys, and what they said. */
  readonly askedTools: () => Promise<Readonly<Record<string, string>>>;
  /** Works out the key of a late task again, from the keys that its dependencies have by now and the outputs that are known. */
  readonly settle: (id: TaskId, outputsOf: OutputsOf) => PlannedTask;
  /** The same selection again, for a look after the task. */
  readonly selectInputs: (task: PlannedTask) => readonly RelativePath[];
  /** The files that every task depends on, as they were when the keys were made. */
  readonly globalInputs: readonly PlannedInput[];
  readonly selectGlobalInputs: () => readonly RelativePath[];
}

/**
 * Works out every task's key, dependencies first: all of them are known before anything runs, but for those that depend on what other
 * tasks put out. Runs nothing of the project's.
 */
export async function planTasks(options: PlanOptions): Promise<Plan> {
  const planner = new Planner(options);
  await planner.plan();
  return {
    tasks: planner.tasks,
    late: planner.late,
    settle: (id, outputsOf) => planner.settle(id, outputsOf),
    askedTools: () => planner.askedTools(),
    selectInputs: (task) => planner.selectInputs(task),
    globalInputs: planner.globalInputs,
    selectGlobalInputs: () => planner.selectGlobalInputs(),
  };
}

class Planner {
  readonly tasks = new Map<TaskId, PlannedTask>();
  readonly late = new Set<TaskId>();
  readonly #options: PlanOptions;
  readonly #packages: ReadonlyMap<string, Package>;
  readonly #toolchains: Toolchains;
  readonly #selector: InputSelector;
  readonly #diskViews: DiskViews;
  readonly #views: InputViews;
  readonly #entries: ReadonlySet<TaskId>;
  readonly #environments = new Map<readonly string[], FingerprintEnv>();
  globalInputs: readonly PlannedInput[] = [];
  #global: Fingerprint['global'] = { inputs: [], env: {}, dotenv: {} };
  #globalDotenv: LoadedDotenv = { files: [], values: {} };
  #globalObstacle: string | undefined;

  constructor(options: PlanOptions) {
    const { workspace, context } = options;
    this.#options = options;
    this.#entries = new Set(options.graph.entries);
    this.#packages = new Map(workspace.packages.map((entry) => [entry.name, entry]));
    const env = taskEnvironment({ env: context.env, declared: [], passed: [], mode: 'strict' });
    const ignoreCache = new IgnoreCache(workspace.root);
    this.#selector = new InputSelector({ workspace, graph: options.graph, ignoreCache });
    this.#diskViews = options.views ?? REAL_DISK_VIEWS;
    this.#views = new InputViews(workspace, this.#diskViews.plan);
    this.#toolchains = new Toolchains({
      root: workspace.root,
      env,
      node: { path: context.nodePath, version: context.nodeVersion },
    });
  }

  async plan(): Promise<void> {
    const { graph, workspace } = this.#options;
    const { root } = workspace;
    await this.#planGlobals();
    const closures = this.#look(() => lockfileClosures({ root, packages: workspace.packages }));
    for (const id of graph.topologicalOrder) await this.#planTask(id, (entry) => closures.closureOf(entry));
  }

  selectInputs({ package: name, id, config }: PlannedTask): readonly RelativePath[] {
    return this.#selector.select(this.#package(name), id, config).paths;
  }

  selectGlobalInputs(): readonly RelativePath[] {
    return this.#selector.selectGlobal().paths;
  }

  async #planGlobals(): Promise<void> {
    const { workspace, index, context } = this.#options;
    const { root, config } = workspace;
    const { paths, invalidNames } = this.#look(() => this.#selector.selectGlobal());
    this.#globalObstacle = describeInvalidName(invalidNames);
    this.globalInputs = await readInputs(index, paths, this.#views.forAllTasks(config.global.jsonInputs));
    this.#globalDotenv = this.#look(() => loadDotenv(root, dotenvFiles('', config.global)));
    const project = config.projectId ?? '';
    this.#global = {
      inputs: toFingerprintInputs(this.globalInputs, ''),
      env: fingerprintEnvironment(context.env, config.global.env, project),
      dotenv: fingerprintDotenv(this.#globalDotenv, project),
    };
  }

  askedTools(): Promise<Readonly<Record<string, string>>> {
    return this.#toolchains.asked();
  }

  settle(id: TaskId, outputsOf: OutputsOf): PlannedTask {
    const task = this.tasks.get(id);
    if (task === undefined) throw new Error(`no task ${id}`);
    const { values, waitsFor } = this.#dependencies(id, outputsOf);
    const fingerprint = { ...task.fingerprint, dependencies: values };
    const settled = { ...task, fingerprint, key: cacheKeyOf(fingerprint), waitsFor };
    this.tasks.set(id, settled);
    return settled;
  }

  async #planTask(id: TaskId, closureOf: (entry: Package) => Readonly<Record<string, string>>): Promise<void> {
    const { graph, workspace, context, args, index } = this.#options;
    const { config: settings } = workspace;
    const node = graph.tasks.get(id);
    if (node === undefined) return;
    const { config } = node.definition;
    const owner = this.#package(node.package);
    const { directory } = owner;
    const isEntry = this.#entries.has(id);
    const { command, jsonInputs } = config;
    const view = this.#views.forTask({ owner, name: node.task, command, args: isEntry ? args : [], jsonInputs });
    const { paths, invalidNames } = withDisk(this.#diskViews.selectionOf(owner.name), () =>
      this.#selector.select(owner, id, config),
    );
    const inputs = await readInputs(index, paths, view);
    const dotenv = this.#look(() => loadDotenv(workspace.root, dotenvFiles(directory, config)));
    const project = settings.projectId ?? '';
    const isAnyPlatform =
      config.platform === 'any' || (config.platform !== undefined ? false : settings.global.platform === 'any');
    const dependencies = this.#dependencies(id, () => undefined);
    if (hasOutputDependency(node) || graph.dependenciesOf(id).some((other) => this.late.has(other))) this.late.add(id);
    const fingerprint: Fingerprint = {
      format: FINGERPRINT_FORMAT,
      project,
      package: node.package,
      directory: owner.directory,
      task: node.task,
      command: config.command ?? { kind: 'none' },
      args: isEntry ? args : [],
      platform: isAnyPlatform ? 'any' : `${context.platform}-${context.architecture}`,
      toolchains:
        config.command === undefined
          ? {}
          : await this.#toolchains.versions(settings.global.toolchains, owner.languages),
      global: this.#global,
      inputs: toFingerprintInputs(inputs, directory),
      env: this.#environment(config.env),
      dotenv: fingerprintDotenv(dotenv, project),
      lockfile: closureOf(owner),
      dependencies: dependencies.values,
      outputs: config.outputs,
    };
    this.tasks.set(id, {
      id,
      label: labelOf(node.package, node.task),
      package: node.package,
      name: node.task,
      directory: owner.directory,
      command: config.command,
      args: isEntry ? args : [],
      config,
      fingerprint,
      key: cacheKeyOf(fingerprint),
      waitsFor: dependencies.waitsFor,
      inputs,
      dotenv: mergeDotenv(dotenv, this.#globalDotenv),
      obstacle: describeInvalidName(invalidNames) ?? this.#globalObstacle,
    });
  }

  #dependencies(id: TaskId, outputsOf: OutputsOf): DependencyValues {
    const keyOf = (dependency: TaskId): CacheKey | undefined => {
      const planned = this.tasks.get(dependency);
      return planned?.waitsFor.length === 0 ? planned.key : undefined;
    };
    return dependencyValues({ graph: this.#options.graph, id, keyOf, outputsOf });
  }

  /** Tasks of many packages share one list of names. */
  #environment(declared: readonly string[]): FingerprintEnv {
    const { workspace, context } = this.#options;
    const known = this.#environments.get(declared);
    if (known !== undefined) return known;
    const found = fingerprintEnvironment(context.env, declared, workspace.config.projectId ?? '');
    this.#environments.set(declared, found);
    return found;
  }

  #look<T>(body: () => T): T {
    return withDisk(this.#diskViews.plan, body);
  }

  #package(name: string): Package {
    const found = this.#packages.get(name);
    if (found === undefined) throw new Error(`no package ${name}`);
    return found;
  }
}

/** `web:build`; `//:prepare` for the root. */
export function labelOf(packageName: string, task: string): string {
  return `${packageName}:${task}`;
}
