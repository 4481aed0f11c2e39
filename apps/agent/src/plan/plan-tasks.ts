import {
  cacheKeyOf,
  FINGERPRINT_FORMAT,
  type CacheKey,
  type FileIndex,
  type Fingerprint,
  type RelativePath,
} from '@velocity/core';
import type { TaskGraph, TaskId } from '@velocity/graph';
import { compileGlobs, IgnoreCache, lockfileClosures, type CompiledGlobs, type Package } from '@velocity/workspace';
import type { AgentContext } from '../agent-context.js';
import type { TaskConfig } from '../config/types.js';
import { listTasks } from '../workspace/list-tasks.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import type { TaskPayload } from './build-graph.js';
import { dotenvPath } from './dotenv.js';
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
  /** The same selection again, for a look after the task. */
  readonly selectInputs: (task: PlannedTask) => readonly RelativePath[];
}

/** Works out every task's key, dependencies first: all of them are known before anything runs. Runs nothing of the project's. */
export async function planTasks(options: PlanOptions): Promise<Plan> {
  const planner = new Planner(options);
  await planner.plan();
  return { tasks: planner.tasks, selectInputs: (task) => planner.selectInputs(task.package, task.id, task.config) };
}

class Planner {
  readonly tasks = new Map<TaskId, PlannedTask>();
  readonly #options: PlanOptions;
  readonly #packages: ReadonlyMap<string, Package>;
  readonly #toolchains: Toolchains;
  readonly #ignoreCache: IgnoreCache;
  readonly #packageOutputs = new Map<string, readonly CompiledGlobs[]>();

  constructor(options: PlanOptions) {
    const { workspace, context } = options;
    this.#options = options;
    this.#packages = new Map(workspace.packages.map((entry) => [entry.name, entry]));
    const env = taskEnvironment({ env: context.env, declared: [], passed: [], mode: 'strict' });
    this.#ignoreCache = new IgnoreCache(workspace.root);
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

  selectInputs(packageName: string, id: TaskId, config: TaskConfig): readonly RelativePath[] {
    const { root } = this.#options.workspace;
    const owner = this.#package(packageName);
    const { directory } = owner;
    return selectInputs({
      root,
      directory,
      globs: config.inputs,
      literal: config.dotenv.map((file) => `$ROOT/${dotenvPath(directory, file)}`),
      nested: this.#nestedIn(directory),
      outputs: this.#outputsOf(owner, id, config),
      ignoreCache: this.#ignoreCache,
    });
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
    const inputs = await readInputs(index, this.selectInputs(node.package, id, config));
    const isEntry = graph.entries.includes(id);
    const project = settings.projectId ?? '';
    const isAnyPlatform =
      config.platform === 'any' || (config.platform !== undefined ? false : settings.global.platform === 'any');
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
      dependencies: this.#dependencyKeys(id),
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
      inputs,
    });
  }

  #dependencyKeys(id: TaskId): Record<string, CacheKey> {
    const keys: Record<string, CacheKey> = {};
    for (const dependency of this.#options.graph.dependenciesOf(id)) {
      const planned = this.tasks.get(dependency);
      if (planned !== undefined) keys[dependency] = planned.key;
    }
    return keys;
  }

  /**
   * What is no input although it matches: with default inputs everything that a task of the package writes, whether or not it runs now;
   * else what the task itself and those that it depends on write. Their keys stand for it, and before they ran it is not there.
   */
  #outputsOf(owner: Package, id: TaskId, config: TaskConfig): readonly CompiledGlobs[] {
    if (config.inputs === undefined) return this.#allOutputsOf(owner);
    const isReachingOut = config.inputs.some((glob) => glob.replace(/^!/, '').startsWith('$ROOT/'));
    const related = [id, ...this.#allDependenciesOf(id)];
    return related.flatMap((task) => {
      const node = this.#options.graph.tasks.get(task);
      if (node === undefined || (!isReachingOut && node.package !== owner.name)) return [];
      return this.#matcher(node.package, node.definition.config) ?? [];
    });
  }

  #allOutputsOf(owner: Package): readonly CompiledGlobs[] {
    const known = this.#packageOutputs.get(owner.name);
    if (known !== undefined) return known;
    const matchers = listTasks(this.#options.workspace, owner).flatMap(
      ({ config }) => this.#matcher(owner.name, config) ?? [],
    );
    this.#packageOutputs.set(owner.name, matchers);
    return matchers;
  }

  #matcher(packageName: string, { outputs }: TaskConfig): CompiledGlobs | undefined {
    return outputs.length === 0
      ? undefined
      : compileGlobs(outputs, { directory: this.#package(packageName).directory });
  }

  #allDependenciesOf(id: TaskId): Iterable<TaskId> {
    const { graph } = this.#options;
    const found = new Set(graph.dependenciesOf(id));
    for (const task of found) for (const dependency of graph.dependenciesOf(task)) found.add(dependency);
    return found;
  }

  #nestedIn(directory: string): string[] {
    const prefix = directory === '' ? '' : `${directory}/`;
    return this.#options.workspace.packages
      .map((entry) => entry.directory)
      .filter((other) => other !== directory && other !== '' && other.startsWith(prefix));
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
