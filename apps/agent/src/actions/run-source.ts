import type { FileIndex } from '@velocity/core';
import type { TaskGraph, TaskId } from '@velocity/graph';
import type { TaskPayload, GraphRequest } from '../plan/build-graph.js';
import type { DiskViews } from '../plan/disk-views.js';
import type { Plan } from '../plan/plan-tasks.js';
import type { Reporter, RunHeader, RunSummary, TaskResult } from '../run/events.js';
import type { TaskState } from '../tasks/task-state.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import type { RunRequest } from './run-request.js';

/** Where a run's workspace and plan come from: the disk, or the last run of the same command. */
export interface RunSource {
  readonly workspace: OpenWorkspace;
  /** How the disk is to be looked at, so that the next run can tell what changed. */
  readonly views: DiskViews;
  /** The graph of what was asked for. */
  graph(request: GraphRequest): TaskGraph<TaskPayload>;
  plan(options: SourcePlanOptions): Promise<Plan>;
  /** The part of the graph that must be carried out; the rest is known to be in place. */
  open(graph: TaskGraph<TaskPayload>, plan: Plan): TaskGraph<TaskPayload>;
  /** What to say first; undefined where that is to be worked out. */
  readonly opening: { readonly header: RunHeader; readonly labelWidth: number } | undefined;
  /** Says what is said of the tasks that are not carried out. */
  tell(plan: Plan, reporter: Reporter, elapsedMs: () => number): TaskResult[];
  /** The same reporter, watched. */
  watch(reporter: Reporter): Reporter;
  surveyed(inPlace: ReadonlyMap<TaskId, TaskState>): void;
  /** Lets the next run of the same command go on from here. To be called once the run is told, where results may be taken from stores. */
  keep(run: FinishedRun): Promise<void>;
}

export interface SourcePlanOptions {
  readonly graph: TaskGraph<TaskPayload>;
  /** For the tasks that the command line names. */
  readonly args: readonly string[];
  readonly index: FileIndex;
}

export interface FinishedRun {
  readonly graph: TaskGraph<TaskPayload>;
  readonly plan: Plan;
  readonly summary: RunSummary;
  readonly request: RunRequest;
}
