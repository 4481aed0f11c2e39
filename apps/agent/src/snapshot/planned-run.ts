import type { TaskGraph, TaskId } from '@velocity/graph';
import type { FinishedRun, RunSource, SourcePlanOptions } from '../actions/run-source.js';
import type { AgentContext } from '../agent-context.js';
import { buildGraph, type GraphRequest, type TaskPayload } from '../plan/build-graph.js';
import { planTasks, type Plan } from '../plan/plan-tasks.js';
import type { Reporter, RunEvent } from '../run/events.js';
import { type TaskState } from '../tasks/task-state.js';
import { TaskStates } from '../tasks/task-states.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { ownPath } from '../workspace/own-folder.js';
import { Evidence } from './evidence.js';
import { isWorthKeeping, keepSnapshot } from './keep-snapshot.js';
import { snapshotFile, snapshotName } from './snapshot-file.js';
import { takeSnapshot, type TakeSnapshotOptions } from './take-snapshot.js';

type Started = Extract<RunEvent, { type: 'run-started' }>;

/** A run that is planned in full, watched from its beginning: of one that left everything in place a snapshot is kept. */
export class PlannedRun implements RunSource {
  readonly workspace: OpenWorkspace;
  readonly views: Evidence;
  readonly opening = undefined;
  readonly #context: AgentContext;
  readonly #name: string;
  readonly #startedAtMs: number;
  #inPlace: ReadonlyMap<TaskId, TaskState> = new Map();
  #started: Started | undefined;
  #hasWarned = false;

  /** @param read is to look at the disk through the views it is given */
  static open(args: readonly string[], context: AgentContext, read: (views: Evidence) => OpenWorkspace): PlannedRun {
    const startedAtMs = context.now();
    const views = new Evidence();
    return new PlannedRun(read(views), { context, name: snapshotName({ args, context }), startedAtMs, views });
  }

  private constructor(
    workspace: OpenWorkspace,
    options: {
      readonly context: AgentContext;
      readonly name: string;
      readonly startedAtMs: number;
      readonly views: Evidence;
    },
  ) {
    this.workspace = workspace;
    this.#context = options.context;
    this.#name = options.name;
    this.#startedAtMs = options.startedAtMs;
    this.views = options.views;
  }

  graph(request: GraphRequest): TaskGraph<TaskPayload> {
    return buildGraph(this.workspace, request);
  }

  plan(options: SourcePlanOptions): Promise<Plan> {
    return planTasks({ ...options, context: this.#context, workspace: this.workspace, views: this.views });
  }

  open(graph: TaskGraph<TaskPayload>): TaskGraph<TaskPayload> {
    return graph;
  }

  tell(): [] {
    return [];
  }

  watch(reporter: Reporter): Reporter {
    return {
      report: (event) => {
        if (event.type === 'run-started') this.#started = event;
        // It would have to be said again.
        if (event.type === 'warning') this.#hasWarned = true;
        reporter.report(event);
      },
    };
  }

  surveyed(inPlace: ReadonlyMap<TaskId, TaskState>): void {
    this.#inPlace = inPlace;
  }

  async keep({ graph, plan, summary, request }: FinishedRun): Promise<void> {
    const started = this.#started;
    const { results, exitCode, remote } = summary;
    if (started === undefined || exitCode !== 0 || this.#hasWarned) return;
    if (!isWorthKeeping(results, plan.tasks.size)) return;
    const { header, labelWidth } = started;
    await this.#keep({ graph, plan, request, results, hasRemote: remote !== undefined, header, labelWidth });
  }

  /** Lets the next dry run print the same again, where everything was found in place. */
  async keepPrinted({
    graph,
    plan,
    request,
    inPlace,
    printed,
  }: Omit<FinishedRun, 'summary'> & {
    readonly inPlace: ReadonlyMap<TaskId, TaskState>;
    readonly printed: string;
  }): Promise<void> {
    this.#inPlace = inPlace;
    const fresh = { status: 'fresh', savedMs: 0 } as const;
    const results = [...plan.tasks.values()]
      .filter(({ id }) => inPlace.has(id))
      .map(({ label }) => ({ task: label, outcome: fresh }));
    const header = { version: '', packageCount: 0, taskNames: [], taskCount: 0, local: '', remote: undefined };
    await this.#keep({ graph, plan, request, results, hasRemote: false, header, labelWidth: 0, printed });
  }

  async #keep(
    run: Omit<TakeSnapshotOptions, 'workspace' | 'evidence' | 'startedAtMs' | 'surveyed' | 'states' | 'env'>,
  ): Promise<void> {
    const { root } = this.workspace;
    const snapshot = await takeSnapshot({
      ...run,
      workspace: this.workspace,
      evidence: this.views,
      startedAtMs: this.#startedAtMs,
      surveyed: this.#inPlace,
      env: this.#context.env,
      states: new TaskStates(ownPath(root, 'states')),
    });
    if (snapshot !== undefined) keepSnapshot(snapshotFile(root, this.#name), snapshot);
  }
}
