import type { TaskId } from '@velocity/graph';
import type { AgentContext } from '../agent-context.js';
import type { Plan } from '../plan/plan-tasks.js';
import type { ReporterFlags } from '../reporters/create-reporter.js';
import type { Reporter, RunEvent } from '../run/events.js';
import type { TaskState } from '../tasks/task-state.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { Evidence } from './evidence.js';
import { keepSnapshot } from './keep-snapshot.js';
import { snapshotFile, snapshotName } from './snapshot-file.js';
import { takeSnapshot } from './take-snapshot.js';

type Started = Extract<RunEvent, { type: 'run-started' }>;
type Finished = Extract<RunEvent, { type: 'run-finished' }>;

/** Watches a run from its beginning, and keeps a snapshot of it when it found everything in place. Make it before anything is read. */
export class SnapshotKeeper {
  /** To be looked through at everything that the plan rests on. */
  readonly disk = new Evidence();
  readonly #name: string;
  readonly #startedAtMs: number;
  #inPlace: ReadonlyMap<TaskId, TaskState> = new Map();
  #started: Started | undefined;
  #finished: Finished | undefined;
  #hasWarned = false;

  constructor(args: readonly string[], context: AgentContext) {
    this.#name = snapshotName({ args, context });
    this.#startedAtMs = context.now();
  }

  /** The same reporter, watched. */
  watch(reporter: Reporter): Reporter {
    return {
      report: (event) => {
        if (event.type === 'run-started') this.#started = event;
        if (event.type === 'run-finished') this.#finished = event;
        // It would have to be said again.
        if (event.type === 'warning') this.#hasWarned = true;
        reporter.report(event);
      },
    };
  }

  surveyed(inPlace: ReadonlyMap<TaskId, TaskState>): void {
    this.#inPlace = inPlace;
  }

  /** To be called once the run is told; does nothing unless all of it was in place. */
  async keep(workspace: OpenWorkspace, plan: Plan, reporter: ReporterFlags): Promise<void> {
    const [started, finished] = [this.#started, this.#finished];
    if (started === undefined || finished === undefined || this.#hasWarned) return;
    const { isJson, isQuiet, isVerbose, outputLogs, logOrder, logPrefix } = reporter;
    const { root, config } = workspace;
    const snapshot = await takeSnapshot({
      root,
      evidence: this.disk,
      startedAtMs: this.#startedAtMs,
      plan,
      summary: finished.summary,
      header: started.header,
      labelWidth: started.labelWidth,
      reporter: { isJson, isQuiet, isVerbose, outputLogs, logOrder, logPrefix },
      stateOf: ({ id }) => this.#inPlace.get(id),
      declaredVariables: [...config.global.env, ...[...plan.tasks.values()].flatMap((task) => task.config.env)],
    });
    if (snapshot !== undefined) keepSnapshot(snapshotFile(root, this.#name), snapshot);
  }
}
