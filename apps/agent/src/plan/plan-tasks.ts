import {
  cacheKeyOf,
  FINGERPRINT_FORMAT,
  type CacheKey,
  type FileIndex,
  type Fingerprint,
  type RelativePath,
} from '@velocity/core';
import type { TaskGraph, TaskId } from '@velocity/graph';
import { IgnoreCache, lockfileClosures, type Package } from '@velocity/workspace';
import type { AgentContext } from '../agent-context.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import type { TaskPayload } from './build-graph.js';
import { dependencyValues, hasOutputDependency, type DependencyValues, type OutputsOf } from './dependency-values.js';
import { InputSelector } from './input-selector.js';
import type { PlannedTask } from './planned-task.js';
import { fingerprintEnvironment, taskEnvironment } from './task-environment.js';
import { readInputs, selectInputs, toFingerprintInputs } from './task-inputs.js';
import { Toolchains } from './toolchains.js';

export interface PlanOptions {
  readonly context: AgentContext;
  readonly workspace: OpenWorkspace;
  readonly graph: TaskGraph<TaskPayload>;
  /** For the tasks that the command line names. */
  readonly args: readonly string[];
  readonly index: FileIndex;
}

export interface Plan {
  readonly tasks: ReadonlyMap<TaskId, PlannedTask>;
  /** Tasks whose keys depend on what others put out, dependencies first. */
  readonly late: ReadonlySet<TaskId>;
  /** Works out the key of a late task again, from the keys that its dependencies have by now and the outputs that are known. */
  readonly settle: (id: TaskId, outputsOf: OutputsOf) => PlannedTask;
  /** The same selection again, for a look after the task. */
  readonly selectInputs: (task: PlannedTask) => readonly RelativePath[];
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
    selectInputs: (task) => planner.selectInputs(task),
  };
}

class Planner {
  readonly tasks = new Map<TaskId, PlannedTask>();
  readonly late = new Set<TaskId>();
  readonly #options: PlanOptions;
  readonly #packages: ReadonlyMap<string, Package>;
  readonly #toolchains: Toolchains;
  readonly #ignoreCache: IgnoreCache;
  readonly #selector: InputSelector;

  constructor(options: PlanOptions) {
    const { workspace, context } = options;
    this.#options = options;
    this.#packages = new Map(workspace.packages.map((entry) => [entry.name, entry]));
    const env = taskEnvironment({ env: context.env, declared: [], passed: [], mode: 'strict' });
    this.#ignoreCache = new IgnoreCache(workspace.root);
    this.#selector = new InputSelector({ workspace, graph: options.graph, ignoreCache: this.#ignoreCache });
    this.#toolchains = new Toolchains({
      root: workspace.root,
      env,
      node: { path: context.nodePath, version: context.nodeVersion },
    });
  }

  async plan(): Promise<void> {
    const { graph, workspace, index, context } = this.#options;
    const { root, config } = workspace;
    const globalFiles = config.global.inputs.length + config.global.dotenv.length;
    const globalPaths =
      globalFiles === 0
        ? []
        : selectInputs({
            root,
            directory: '',
            globs: config.global.inputs,
            literal: config.global.dotenv,
            nested: [],
            outputs: [],
            ignoreCache: this.#ignoreCache,
          });
    const global = {
      inputs: toFingerprintInputs(await readInputs(index, globalPaths), ''),
      env: fingerprintEnvironment(context.env, config.global.env, config.projectId ?? ''),
    };
    const closures = lockfileClosures({ root, packages: workspace.packages });
    for (const id of graph.topologicalOrder) await this.#planTask(id, global, (entry) => closures.closureOf(entry));
  }

  selectInputs({ package: name, id, config }: PlannedTask): readonly RelativePath[] {
    return this.#selector.select(this.#package(name), id, config);
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

  async #planTask(
    id: TaskId,
    global: Fingerprint['global'],
    closureOf: (entry: Package) => Readonly<Record<string, string>>,
  ): Promise<void> {
    const { graph, workspace, context, args, index } = this.#options;
    const { config: settings } = workspace;
    const node = graph.tasks.get(id);
    if (node === undefined) return;
    const { config } = node.definition;
    const owner = this.#package(node.package);
    const inputs = await readInputs(index, this.#selector.select(owner, id, config));
    const isEntry = graph.entries.includes(id);
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
      global,
      inputs: toFingerprintInputs(inputs, owner.directory),
      env: fingerprintEnvironment(context.env, config.env, project),
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
    });
  }

  #dependencies(id: TaskId, outputsOf: OutputsOf): DependencyValues {
    const keyOf = (dependency: TaskId): CacheKey | undefined => {
      const planned = this.tasks.get(dependency);
      return planned?.waitsFor.length === 0 ? planned.key : undefined;
    };
    return dependencyValues({ graph: this.#options.graph, id, keyOf, outputsOf });
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
