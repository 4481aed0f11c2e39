import { cacheKeyOf, type CacheKey, type FileIndex, type Fingerprint, type RelativePath } from '@velocity/core';
import type { TaskGraph, TaskId } from '@velocity/graph';
import { IgnoreCache, withDisk, type Package } from '@velocity/workspace';
import type { TaskPayload } from '../plan/build-graph.js';
import { dependencyValues } from '../plan/dependency-values.js';
import type { DiskViews } from '../plan/disk-views.js';
import { dotenvFiles, loadDotenv, mergeDotenv, type LoadedDotenv } from '../plan/dotenv.js';
import { InputSelector } from '../plan/input-selector.js';
import { InputViews } from '../plan/input-views.js';
import { labelOf, type Plan } from '../plan/plan-tasks.js';
import type { PlannedInput, PlannedTask } from '../plan/planned-task.js';
import { describeInvalidName, readInputs, toFingerprintInputs, type SelectedInputs } from '../plan/task-inputs.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import type { BrokenSegments } from './broken-segments.js';
import { decodeDetail, type PlanMemory, type TaskDetail, type TaskMemory } from './plan-memory.js';
import { rangesOf } from './segments.js';
import type { Snapshot } from './snapshot.js';
import type { TableRange } from './trace-table.js';

export interface RecallPlanOptions {
  readonly snapshot: Snapshot;
  readonly memory: PlanMemory;
  readonly workspace: OpenWorkspace;
  readonly graph: TaskGraph<TaskPayload>;
  readonly ownerOf: (packageName: string) => Package;
  /** Places of packages. */
  readonly places: ReadonlyMap<string, number>;
  readonly broken: BrokenSegments;
  readonly index: FileIndex;
  readonly views: DiskViews;
}

/** A plan of which only what may have changed was worked out again. */
export interface RecalledPlan extends Plan {
  /** All tasks whose results may not be in place, and what depends on them: nothing is known of the others' plans. */
  readonly tasks: ReadonlyMap<TaskId, PlannedTask>;
  /** Those, and tasks that turned out to have the keys they had. */
  readonly replanned: ReadonlyMap<TaskId, PlannedTask>;
}

/** Works out the keys of tasks whose inputs changed, and of those that depend on these; those of the others are as they were. */
export async function recallPlan(options: RecallPlanOptions): Promise<RecalledPlan> {
  const planner = new RecallingPlanner(options);
  await planner.plan();
  const { snapshot } = options;
  return {
    tasks: planner.open,
    replanned: planner.replanned,
    late: new Set(),
    settle: (id) => {
      throw new Error(`${id} has its key`);
    },
    askedTools: () => Promise.resolve(snapshot.opening.tools),
    selectInputs: (task) => planner.select(task.package, task.id, task.config).paths,
    globalInputs: planner.globalInputs,
    selectGlobalInputs: () => planner.selectGlobal().paths,
  };
}

class RecallingPlanner {
  readonly open = new Map<TaskId, PlannedTask>();
  readonly replanned = new Map<TaskId, PlannedTask>();
  globalInputs: readonly PlannedInput[] = [];
  readonly #options: RecallPlanOptions;
  readonly #keys = new Map<TaskId, CacheKey>();
  readonly #ranges: readonly TableRange[];
  readonly #selector: InputSelector;
  readonly #views: InputViews;
  #globalDotenv: LoadedDotenv = { files: [], values: {} };

  constructor(options: RecallPlanOptions) {
    const { workspace, graph, views } = options;
    this.#options = options;
    this.#ranges = rangesOf(options.snapshot);
    this.#selector = new InputSelector({ workspace, graph, ignoreCache: new IgnoreCache(workspace.root) });
    this.#views = new InputViews(workspace, views.plan);
  }

  async plan(): Promise<void> {
    const { workspace, index, memory, broken, places, views } = this.#options;
    const { root, config } = workspace;
    this.#globalDotenv = withDisk(views.plan, () => loadDotenv(root, dotenvFiles('', config.global)));
    const countAs = this.#views.forAllTasks(config.global.jsonInputs);
    this.globalInputs = await readInputs(index, this.selectGlobal().paths, countAs);
    for (const [place, task] of memory.tasks.entries()) {
      const isTouched = broken.packages.has(places.get(task.package) ?? -1);
      const isBelowNew = task.dependencies.some((other) => this.#hasNewKey(memory.tasks[other]));
      const planned = isTouched || isBelowNew ? await this.#replan(task, place) : undefined;
      this.#keys.set(task.id, planned?.key ?? task.key);
      const isOpen =
        this.#hasNewKey(task) ||
        planned?.obstacle !== undefined ||
        broken.outputs.has(place) ||
        task.dependencies.some((other) => this.open.has(memory.tasks[other]?.id as TaskId));
      if (isOpen) this.open.set(task.id, planned ?? (await this.#replan(task, place)));
    }
  }

  select(packageName: string, id: TaskId, config: PlannedTask['config']): SelectedInputs {
    return this.#selector.select(this.#options.ownerOf(packageName), id, config);
  }

  selectGlobal(): SelectedInputs {
    return this.#selector.selectGlobal();
  }

  #hasNewKey(task: TaskMemory | undefined): boolean {
    return task !== undefined && this.#keys.get(task.id) !== task.key;
  }

  async #replan({ id, package: name, task }: TaskMemory, place: number): Promise<PlannedTask> {
    const { graph, workspace, memory, index } = this.#options;
    const owner = this.#options.ownerOf(name);
    const { directory } = owner;
    const config = graph.tasks.get(id)?.definition.config;
    if (config === undefined) throw new Error(`no task ${id}`);
    const detail = decodeDetail(memory.details[place]);
    const { args } = detail.fingerprint;
    const { command, jsonInputs } = config;
    const { paths, invalidNames } = this.#inputsOf(owner, { id, config, detail });
    const view = this.#views.forTask({ owner, name: task, command, args, jsonInputs });
    const inputs = await readInputs(index, paths, view);
    const dependencies = dependencyValues({
      graph,
      id,
      keyOf: (other) => this.#keys.get(other),
      outputsOf: () => undefined,
    });
    const fingerprint: Fingerprint = {
      ...detail.fingerprint,
      global: memory.global,
      inputs: toFingerprintInputs(inputs, directory),
      dependencies: dependencies.values,
    };
    const dotenv = loadDotenv(workspace.root, dotenvFiles(directory, config));
    const planned: PlannedTask = {
      id,
      label: labelOf(name, task),
      package: name,
      name: task,
      directory,
      command,
      args,
      config,
      fingerprint,
      key: cacheKeyOf(fingerprint),
      waitsFor: dependencies.waitsFor,
      inputs,
      dotenv: mergeDotenv(dotenv, this.#globalDotenv),
      obstacle: describeInvalidName(invalidNames),
    };
    this.replanned.set(id, planned);
    return planned;
  }

  #inputsOf(
    owner: Package,
    task: { readonly id: TaskId; readonly config: PlannedTask['config']; readonly detail: TaskDetail },
  ): SelectedInputs {
    const { broken, places, views, snapshot } = this.#options;
    const place = places.get(owner.name) ?? -1;
    if (broken.selections.has(place))
      return withDisk(views.selectionOf(owner.name), () => this.select(owner.name, task.id, task.config));
    const start = this.#ranges[1 + place]?.start ?? NaN;
    const at = (index: number): number => (index < 0 ? -1 - index : start + index);
    const paths = task.detail.inputs.map((index) => snapshot.table.paths[at(index)] as RelativePath);
    return { paths, invalidNames: [] };
  }
}
