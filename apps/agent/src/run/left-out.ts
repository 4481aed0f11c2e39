import type { TaskGraph, TaskId } from '@velocity/graph';
import type { Plan } from '../plan/plan-tasks.js';
import type { PlannedTask } from '../plan/planned-task.js';
import { look } from './find-in-place.js';
import type { RunEnvironment } from './run-environment.js';

/**
 * With `--only`, dependencies do not run. A task's key says that it was made from what theirs stand for: unless just that is in place,
 * the result belongs to no key.
 * @returns the first dependency that was left out and whose outputs are not those of its key
 */
export async function firstOutdated<D>(
  env: RunEnvironment,
  id: TaskId,
  graphs: { readonly whole: TaskGraph<D>; readonly part: TaskGraph<D>; readonly plan: Plan },
): Promise<TaskId | undefined> {
  const { whole, part, plan } = graphs;
  for (const dependency of whole.dependenciesOf(id)) {
    const task = plan.tasks.get(dependency);
    if (task === undefined || part.tasks.has(dependency)) continue;
    // A task without a command only hands on what is behind it.
    const outdated =
      task.command === undefined
        ? await firstOutdated(env, dependency, graphs)
        : (await isInPlace(env, task))
          ? undefined
          : dependency;
    if (outdated !== undefined) return outdated;
  }
  return undefined;
}

async function isInPlace({ root, states, context }: RunEnvironment, task: PlannedTask): Promise<boolean> {
  const state = states.load(task.id);
  return state?.key === task.key && (await look(root, task, { state, nowMs: context.now() })) !== undefined;
}
