import { manifestDigest, scanOutputs } from '@velocity/artifact';
import type { Digest } from '@velocity/core';
import type { TaskGraph, TaskId } from '@velocity/graph';
import { selectOutputs } from '@velocity/workspace';
import type { TaskPayload } from '../plan/build-graph.js';
import type { Plan } from '../plan/plan-tasks.js';
import type { PlannedTask } from '../plan/planned-task.js';
import { isDiskFailure } from './disk-failure.js';
import { look } from './find-in-place.js';
import type { RunEnvironment } from './run-environment.js';
import type { Survey } from './survey.js';

export interface LateKeysOptions {
  readonly plan: Plan;
  /** What runs. */
  readonly graph: TaskGraph<TaskPayload>;
  /** What was planned: with `--only` more than what runs. */
  readonly whole: TaskGraph<TaskPayload>;
  /** Undefined where nothing is read from the stores. */
  readonly survey: Survey | undefined;
}

/**
 * Works out the keys that depend on outputs, each when everything below it has run: from what really was put out, and not from what a
 * store had promised.
 */
export class LateKeys {
  readonly #env: RunEnvironment;
  readonly #options: LateKeysOptions;
  readonly #outputs = new Map<TaskId, Digest>();

  private constructor(env: RunEnvironment, options: LateKeysOptions) {
    this.#env = env;
    this.#options = options;
  }

  static async start(env: RunEnvironment, options: LateKeysOptions): Promise<LateKeys> {
    const keys = new LateKeys(env, options);
    if (options.plan.late.size > 0) await keys.#lookAtLeftOut();
    return keys;
  }

  /** The task with its final key; `waitsFor` still names a task where the outputs of one cannot be known. */
  async settle(id: TaskId): Promise<PlannedTask> {
    const { plan, survey } = this.#options;
    if (!plan.late.has(id)) return plan.tasks.get(id) as PlannedTask;
    const task = plan.settle(id, (other) => this.#outputs.get(other));
    if (task.waitsFor.length === 0) await survey?.look([task]);
    return task;
  }

  /** Remembers what a task has put out; looks itself where nobody has. */
  async record(task: PlannedTask, known: Digest | undefined): Promise<void> {
    if (this.#options.plan.late.size === 0 || task.command === undefined) return;
    const digest = known ?? (await this.#digestOutputs(task));
    if (digest !== undefined) this.#outputs.set(task.id, digest);
  }

  /** What `--only` leaves out counts as it stands, where that is what its key asks for. */
  async #lookAtLeftOut(): Promise<void> {
    const { plan, graph, whole } = this.#options;
    const { root, states, context } = this.#env;
    for (const id of whole.topologicalOrder) {
      if (graph.tasks.has(id)) continue;
      const task = plan.late.has(id) ? plan.settle(id, (other) => this.#outputs.get(other)) : plan.tasks.get(id);
      const state = states.load(id);
      if (task === undefined || task.waitsFor.length > 0 || state?.key !== task.key) continue;
      if ((await look(root, task, { state, nowMs: context.now() })) !== undefined)
        this.#outputs.set(id, state.manifestDigest);
    }
  }

  async #digestOutputs({ directory, config }: PlannedTask): Promise<Digest | undefined> {
    const { root } = this.#env;
    try {
      const paths = selectOutputs({ root, directory, globs: config.outputs });
      return manifestDigest((await scanOutputs({ root, paths })).manifest);
    } catch (error) {
      if (isDiskFailure(error)) return undefined;
      throw error;
    }
  }
}
