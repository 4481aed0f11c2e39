import type { ArtifactHit } from '@velocity/client';
import type { CacheKey, Digest } from '@velocity/core';
import type { TaskId } from '@velocity/graph';
import type { DiskViews } from '../plan/disk-views.js';
import type { Plan } from '../plan/plan-tasks.js';
import type { PlannedTask } from '../plan/planned-task.js';
import type { TaskState } from '../tasks/task-state.js';
import type { TaskStates } from '../tasks/task-states.js';
import { findInPlace } from './find-in-place.js';

export interface SurveyOptions {
  readonly root: string;
  readonly states: TaskStates;
  readonly now: () => number;
  /** How outputs are looked for. */
  readonly views?: DiskViews | undefined;
  /** What the stores have; not asked for what is in place. */
  readonly lookUp: (tasks: readonly PlannedTask[]) => Promise<ReadonlyMap<CacheKey, ArtifactHit>>;
}

/** What is known of tasks' results before they are brought about: in place, or in a store. */
export class Survey {
  readonly inPlace = new Map<TaskId, TaskState>();
  readonly hits = new Map<CacheKey, ArtifactHit>();
  readonly #options: SurveyOptions;
  readonly #seen = new Set<CacheKey>();

  constructor(options: SurveyOptions) {
    this.#options = options;
  }

  /** Looks at what was not looked at before. */
  async look(tasks: readonly PlannedTask[]): Promise<void> {
    const { root, states, now, views, lookUp } = this.#options;
    const fresh = tasks.filter(({ key, obstacle }) => obstacle === undefined && !this.#seen.has(key));
    for (const { key } of fresh) this.#seen.add(key);
    const found = await findInPlace(root, fresh, { states, nowMs: now(), views });
    for (const [id, state] of found) this.inPlace.set(id, state);
    const unknown = fresh.filter(({ id }) => !found.has(id));
    if (unknown.length === 0) return;
    for (const [key, hit] of await lookUp(unknown)) this.hits.set(key, hit);
  }

  /** Whether the task was looked at, and nothing found that it could be spared by. */
  isMissing({ id, key, command, config, waitsFor }: PlannedTask): boolean {
    const isWanted = command !== undefined && config.cache && waitsFor.length === 0;
    return isWanted && this.#seen.has(key) && !this.inPlace.has(id) && !this.hits.has(key);
  }

  /** The digest of what the task puts out, as far as its key is known and its result is. */
  outputsOf(task: PlannedTask | undefined): Digest | undefined {
    if (task === undefined || task.waitsFor.length > 0) return undefined;
    const state = this.inPlace.get(task.id);
    if (state?.key === task.key) return state.manifestDigest;
    return this.hits.get(task.key)?.description.manifestDigest;
  }
}

/** Looks at all tasks: first at those whose keys are known, then at those whose keys follow from what was found. */
export async function surveyTasks(survey: Survey, plan: Plan, ids: Iterable<TaskId>): Promise<void> {
  const open = new Set(ids);
  while (open.size > 0) {
    const ready = [...open].flatMap((id) => plan.tasks.get(id) ?? []).filter(({ waitsFor }) => waitsFor.length === 0);
    if (ready.length === 0) return;
    await survey.look(ready);
    for (const { id } of ready) open.delete(id);
    if (open.size > 0) for (const id of plan.late) plan.settle(id, (other) => survey.outputsOf(plan.tasks.get(other)));
  }
}
