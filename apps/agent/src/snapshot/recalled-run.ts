import { restrictTaskGraph, type TaskGraph } from '@velocity/graph';
import type { Package } from '@velocity/workspace';
import type { FinishedRun, RunSource, SourcePlanOptions } from '../actions/run-source.js';
import type { AgentContext } from '../agent-context.js';
import type { TaskPayload } from '../plan/build-graph.js';
import type { Plan } from '../plan/plan-tasks.js';
import type { Reporter, TaskResult } from '../run/events.js';
import { TaskStates } from '../tasks/task-states.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { ownPath } from '../workspace/own-folder.js';
import { brokenSegments, type BrokenSegments } from './broken-segments.js';
import { Evidence } from './evidence.js';
import { isWorthKeeping, keepSnapshot } from './keep-snapshot.js';
import { decodeMemory, recallWorkspace, type PlanMemory } from './plan-memory.js';
import { recallGraph } from './recalled-graph.js';
import { recallPlan, type RecalledPlan } from './recalled-plan.js';
import { renewSnapshot } from './renew-snapshot.js';
import type { Recalled } from './replay-snapshot.js';
import type { SnapshotOpening } from './snapshot.js';
import { tellTask } from './tell-task.js';

/** A run that goes on from a snapshot: what still holds is told, the rest is planned again and carried out. */
export class RecalledRun implements RunSource {
  readonly workspace: OpenWorkspace;
  /** To be looked through at everything that is looked at again. */
  readonly views = new Evidence();
  readonly #graph: TaskGraph<TaskPayload>;
  readonly #recalled: Recalled;
  readonly #memory: PlanMemory;
  readonly #broken: BrokenSegments;
  readonly #owners: ReadonlyMap<string, Package>;
  readonly #places: ReadonlyMap<string, number>;
  #plan: RecalledPlan | undefined;
  #hasWarned = false;

  /** Undefined when what it was to go on from is gone. */
  static open(recalled: Recalled, { env }: AgentContext): RecalledRun | undefined {
    const bytes = recalled.snapshot.memory.read();
    if (bytes === undefined) return undefined;
    const memory = decodeMemory(bytes);
    return new RecalledRun(recalled, memory, recallWorkspace(memory, env));
  }

  private constructor(recalled: Recalled, memory: PlanMemory, workspace: OpenWorkspace) {
    this.#recalled = recalled;
    this.#memory = memory;
    this.workspace = workspace;
    this.#owners = new Map(workspace.packages.map((entry) => [entry.name, entry]));
    this.#places = new Map(workspace.packages.map(({ name }, place) => [name, place]));
    this.#graph = recallGraph(memory, workspace, (name) => this.#ownerOf(name));
    const { root, snapshot, broken } = recalled;
    this.#broken = brokenSegments(root, snapshot, { broken, packageCount: workspace.packages.length });
  }

  get opening(): SnapshotOpening {
    return this.#recalled.snapshot.opening;
  }

  graph(): TaskGraph<TaskPayload> {
    return this.#graph;
  }

  async plan({ index }: SourcePlanOptions): Promise<Plan> {
    this.#plan = await recallPlan({
      snapshot: this.#recalled.snapshot,
      memory: this.#memory,
      workspace: this.workspace,
      graph: this.#graph,
      ownerOf: (name) => this.#ownerOf(name),
      places: this.#places,
      broken: this.#broken,
      index,
      views: this.views,
    });
    return this.#plan;
  }

  open(graph: TaskGraph<TaskPayload>, { tasks }: Plan): TaskGraph<TaskPayload> {
    return restrictTaskGraph(graph, tasks.keys());
  }

  tell({ tasks }: Plan, reporter: Reporter, elapsedMs: () => number): TaskResult[] {
    const open = new Set([...tasks.values()].map(({ label }) => label));
    return this.opening.tasks
      .filter(({ label }) => !open.has(label))
      .map((task) => tellTask(task, reporter, elapsedMs));
  }

  watch(reporter: Reporter): Reporter {
    return {
      report: (event) => {
        if (event.type === 'warning') this.#hasWarned = true;
        reporter.report(event);
      },
    };
  }

  surveyed(): void {
    // What is in place is looked at again when the snapshot is renewed.
  }

  keep({ summary }: FinishedRun): Promise<void> {
    const plan = this.#plan;
    const { results, exitCode } = summary;
    if (plan === undefined || exitCode !== 0 || this.#hasWarned) return Promise.resolve();
    if (!isWorthKeeping(results, this.#memory.tasks.length)) return Promise.resolve();
    const snapshot = renewSnapshot({
      recalled: this.#recalled,
      memory: this.#memory,
      workspace: this.workspace,
      places: this.#places,
      broken: this.#broken,
      plan,
      results,
      evidence: this.views,
      states: new TaskStates(ownPath(this.workspace.root, 'states')),
    });
    if (snapshot !== undefined) keepSnapshot(this.#recalled.file, snapshot);
    return Promise.resolve();
  }

  #ownerOf(name: string): Package {
    const owner = this.#owners.get(name);
    if (owner === undefined) throw new Error(`no package ${name}`);
    return owner;
  }
}
