import { criticalPath, type TaskGraph, type TaskId } from '@velocity/graph';
import type { TaskPayload } from '../plan/build-graph.js';
import type { RunSummary, TaskResult } from './events.js';
import { exitCodeOf } from './exit-code.js';
import type { RunTasksOptions } from './run-tasks.js';
import type { UploadTally } from './upload-tally.js';

/** What is told at the end of a run. */
export function summarizeRun(
  results: readonly TaskResult[],
  graph: TaskGraph<TaskPayload>,
  options: RunTasksOptions & { readonly tally: UploadTally; readonly abandoned: number },
): RunSummary {
  const { plan, stores, elapsedMs, tally, abandoned, signal } = options;
  const byLabel = new Map(results.map((result) => [result.task, result]));
  const durationOf = (id: TaskId): number => {
    const result = byLabel.get(plan.tasks.get(id)?.label ?? '');
    return result === undefined ? 0 : result.endedMs - result.startedMs;
  };
  const isWaitedFor = (id: TaskId): boolean => {
    const status = byLabel.get(plan.tasks.get(id)?.label ?? '')?.outcome.status;
    return status !== 'fresh' && status !== 'passed-through';
  };
  const path = criticalPath(graph, ({ id }) => durationOf(id));
  const moved = stores.remote === undefined ? undefined : { downBytes: stores.moved.down, upBytes: stores.moved.up };
  const labels = path.tasks
    .filter((id) => plan.tasks.get(id)?.command !== undefined && isWaitedFor(id))
    .map((id) => plan.tasks.get(id)?.label ?? id);
  return {
    results,
    durationMs: elapsedMs(),
    savedMs: results.reduce((sum, { outcome }) => sum + ('savedMs' in outcome ? outcome.savedMs : 0), 0),
    remote: moved && { ...moved, errors: tally.errors, uploaded: tally.uploaded, abandoned },
    criticalPath: { tasks: labels, durationMs: path.length },
    exitCode: exitCodeOf(results, signal),
  };
}
