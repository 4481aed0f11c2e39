import type { CacheKey, Fingerprint } from '@velocity/core';
import type { TaskId } from '@velocity/graph';
import type { Plan } from '../plan/plan-tasks.js';
import type { PlannedTask } from '../plan/planned-task.js';
import type { TaskStates } from '../tasks/task-states.js';
import { detailChanges, type ChangeDetail } from './change-detail.js';

export interface ExplainTaskOptions {
  readonly plan: Plan;
  readonly states: TaskStates;
  /** The fingerprint of an earlier result; undefined where no store has it. */
  readonly fingerprintOf: (key: CacheKey) => Promise<Fingerprint | undefined>;
}

/** Everything in which a task differs from an earlier result of it; for dependencies with what made their keys change. */
export function explainTask(
  before: Fingerprint,
  task: PlannedTask,
  options: ExplainTaskOptions,
): Promise<readonly ChangeDetail[]> {
  return explain(before, task, { ...options, seen: new Set([task.id]) });
}

async function explain(
  before: Fingerprint,
  task: PlannedTask,
  options: ExplainTaskOptions & { readonly seen: Set<TaskId> },
): Promise<readonly ChangeDetail[]> {
  const details: ChangeDetail[] = [];
  for (const change of detailChanges(before, task.fingerprint)) {
    const because = change.kind === 'dependency' ? await causesOf(change, options) : undefined;
    details.push(because === undefined ? change : { ...change, because });
  }
  return details;
}

/** Undefined where there is nothing to compare, or it was told already. */
async function causesOf(
  { name, before: value }: ChangeDetail,
  options: ExplainTaskOptions & { readonly seen: Set<TaskId> },
): Promise<readonly ChangeDetail[] | undefined> {
  const { plan, states, seen } = options;
  const dependency = plan.tasks.get(name as TaskId);
  if (dependency === undefined || value === undefined || value.includes(':') || seen.has(dependency.id))
    return undefined;
  seen.add(dependency.id);
  const state = states.load(dependency.id);
  const before = state?.key === value ? state.fingerprint : await options.fingerprintOf(value as CacheKey);
  return before && explain(before, dependency, options);
}
