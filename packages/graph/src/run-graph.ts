import { VelocityError } from '@velocity/core';
import { priorities as priorityOf } from './critical-path.js';
import { GraphRun } from './graph-run.js';
import type { TaskGraph, TaskNode } from './task-graph.js';
import type { TaskId } from './task-id.js';

/**
 * What a failed task does to the others (turbo's `--continue` in brackets).
 *
 * - `stop` (never): nothing new starts, running tasks are cancelled through their signal, as turbo kills its own.
 * - `continue-independent` (dependencies-successful): all run but those that depend on the failed task, directly or not.
 * - `continue-all` (always): those run too.
 */
export type FailureMode = 'stop' | 'continue-independent' | 'continue-all';

/** How it ended for one task. */
export type TaskResult<T> =
  | { readonly status: 'ended'; readonly outcome: T; readonly isFailure: boolean }
  /** Never started; `because` is the task that failed, not one in between that was skipped itself. */
  | { readonly status: 'skipped'; readonly because: TaskId }
  /** Not started before the outer abort, or given up by `execute` after its signal. */
  | { readonly status: 'cancelled' };

/** Kinds of work with bounds of their own, such as cheap restores beside processes. */
export interface Lanes<D> {
  /** Asked once for each task, when it is ready. */
  of(task: TaskNode<D>): string;
  /** The bound of each lane; a lane that is not listed has `concurrency` to itself. */
  readonly concurrency: Readonly<Record<string, number>>;
}

export interface RunGraphOptions<D, T> {
  /** How many tasks run at once: a whole number from 1, or `Infinity`. */
  readonly concurrency: number;
  readonly failureMode: FailureMode;
  isFailure(outcome: T): boolean;
  /** The highest of the ready tasks starts first, equals by code unit of their ids. Default: the longest path in tasks. */
  readonly priorities?: ReadonlyMap<TaskId, number>;
  readonly lanes?: Lanes<D>;
  /** After its abort no task starts; the running ones get the same reason through theirs. */
  readonly signal?: AbortSignal;
  /** Called as soon as it is known that a task will not run because of a failed one. */
  onSkip?(task: TaskNode<D>, because: TaskId): void;
}

/**
 * Does the work of one task. Its signal aborts when the run is stopped or cancelled: end soon then, with an outcome or by
 * throwing the signal's reason. Anything else that is thrown is a bug.
 */
export type ExecuteTask<D, T> = (task: TaskNode<D>, options: { readonly signal: AbortSignal }) => Promise<T>;

/**
 * Runs every task after its dependencies, the longest path first, and resolves with a result for each task (in topological
 * order) when nothing runs any more, also after failures and after an abort.
 *
 * Rejects when a callback threw, once the running tasks, cancelled through their signals, have ended: with what was
 * thrown, or an `AggregateError` when several did.
 *
 * @throws VelocityError `VALUE_INVALID` for a bound that is not a whole number from 1.
 */
export async function runGraph<D, T>(
  graph: TaskGraph<D>,
  execute: ExecuteTask<D, T>,
  options: RunGraphOptions<D, T>,
): Promise<ReadonlyMap<TaskId, TaskResult<T>>> {
  for (const bound of [options.concurrency, ...Object.values(options.lanes?.concurrency ?? {})]) {
    if (bound === Infinity || (Number.isInteger(bound) && bound >= 1)) continue;
    throw new VelocityError('VALUE_INVALID', `cannot run ${bound} tasks at once: give a whole number from 1`);
  }
  const priorities = options.priorities ?? priorityOf(graph, () => 1);
  return new GraphRun(graph, execute, { ...options, priorities }).run();
}
