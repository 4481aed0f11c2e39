import type { PlannedTask } from '../plan/planned-task.js';
import type { FileDifference } from './compare-files.js';

/** A file that some task wrote although nothing it declares says so. */
export interface StrayFinding {
  /** Relative to the workspace. */
  readonly path: string;
  /** A declared input; else a file that would be lost on a hit. */
  readonly isInput: boolean;
  /** Labels of tasks that may have written it just as well, since they ran at the same time in both executions. */
  readonly others: readonly string[];
}

export type TaskEnd =
  | { readonly kind: 'ran' }
  | { readonly kind: 'failed'; readonly exitCode: number; readonly reason: string }
  /** Skipped after a failure, or stopped. */
  | { readonly kind: 'not-executed' };

/** What two executions say about a task. */
export interface TaskVerdict {
  readonly task: PlannedTask;
  readonly ends: readonly [first: TaskEnd, second: TaskEnd];
  /** `different`: its outputs are, or it failed in one execution only. */
  readonly status: 'same' | 'different' | 'failed' | 'not-executed';
  /** Paths in either execution's outputs. */
  readonly fileCount: number;
  readonly differingCount: number;
  /** The first few. */
  readonly differences: readonly FileDifference[];
  /** Labels of the tasks it depends on, near or far, where the difference may come from. */
  readonly mayFollowFrom: readonly string[];
  /** Most tasks print how long they took: no difference that counts. */
  readonly log: (FileDifference & { readonly kind: 'content' | 'presence' }) | undefined;
  readonly strays: readonly StrayFinding[];
}

/** Whether a verdict makes the whole a failure: what is not cached may differ. */
export function isObjection({ status, task }: TaskVerdict): boolean {
  return status === 'different' && task.config.cache;
}
