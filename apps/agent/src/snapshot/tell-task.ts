import { LogDecoder } from '@velocity/artifact';
import type { Reporter, TaskResult } from '../run/events.js';
import type { SnapshotTask } from './snapshot.js';

/** Says what a run says of a task whose result is in place. */
export function tellTask(
  { label, key, durationMs, log }: SnapshotTask,
  reporter: Reporter,
  elapsedMs: () => number,
): TaskResult {
  for (const { stream, data } of new LogDecoder().push(Buffer.from(log, 'base64'))) {
    reporter.report({ type: 'task-output', task: label, stream, chunk: data, isReplay: true });
  }
  const now = elapsedMs();
  const outcome = { status: 'fresh', savedMs: durationMs } as const;
  const result: TaskResult = { task: label, key, outcome, startedMs: now, endedMs: now };
  reporter.report({ type: 'task-finished', result });
  return result;
}
