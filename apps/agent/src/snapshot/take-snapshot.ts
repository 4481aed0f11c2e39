import { join } from 'node:path';
import type { TaskGraph, TaskId } from '@velocity/graph';
import type { RunRequest } from '../actions/run-request.js';
import type { TaskPayload } from '../plan/build-graph.js';
import type { Plan } from '../plan/plan-tasks.js';
import { matchNames } from '../plan/task-environment.js';
import type { RunHeader, TaskResult } from '../run/events.js';
import type { TaskState } from '../tasks/task-state.js';
import type { TaskStates } from '../tasks/task-states.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { relativePath } from './absolute-path.js';
import { Evidence, type Row } from './evidence.js';
import { encodeMemory, encodeWorkspace, tokenVariableOf } from './plan-memory.js';
import { memorizeTask } from './memorize-task.js';
import { memoryOf, type Snapshot, type SnapshotTask } from './snapshot.js';
import { sessionVariables } from './snapshot-file.js';
import { inputTrace, isKept, outputRows } from './snapshot-rows.js';
import { buildTable } from './trace-table.js';
import { SEEN } from './trace.js';

export interface TakeSnapshotOptions {
  readonly workspace: OpenWorkspace;
  readonly graph: TaskGraph<TaskPayload>;
  readonly plan: Plan;
  readonly evidence: Evidence;
  /** Before anything was looked at, in milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly results: readonly Pick<TaskResult, 'task' | 'outcome'>[];
  readonly hasRemote: boolean;
  readonly header: RunHeader;
  readonly labelWidth: number;
  readonly request: RunRequest;
  /** What was in place before anything ran. */
  readonly surveyed: ReadonlyMap<TaskId, TaskState>;
  readonly states: Pick<TaskStates, 'load'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What a dry run printed. */
  readonly printed?: string;
}

/** Undefined unless the run left everything in place, and every change that would make the next one find something else could be noticed. */
export async function takeSnapshot(options: TakeSnapshotOptions): Promise<Snapshot | undefined> {
  const { workspace, evidence, plan, hasRemote, header, labelWidth, request, startedAtMs, printed } = options;
  const { root, config, packages } = workspace;
  const declared = [...config.global.env, ...[...plan.tasks.values()].flatMap((task) => task.config.env)];
  if (sessionVariables().some(matchNames(declared))) return undefined;
  const inPlace = tasksInPlace(options);
  if (inPlace === undefined) return undefined;
  for (const { package: name, inputs } of plan.tasks.values())
    for (const input of inputs) evidence.addInput(name, join(root, input.path), inputTrace(input));
  for (const input of plan.globalInputs) evidence.addPlanned(join(root, input.path), inputTrace(input));
  if (!evidence.isComplete) return undefined;
  const order = options.graph.topologicalOrder;
  const segments = [
    evidence.planned(),
    ...packages.map(({ name }) => evidence.selected(name)),
    ...order.map((id) => inPlace.outputs.get(id) ?? []),
  ].map((rows) => shortened(root, rows));
  const opening = {
    isDry: printed !== undefined,
    header,
    labelWidth,
    request,
    hasRemote,
    tasks: inPlace.tasks,
    tools: await plan.askedTools(),
    names: [...(evidence.names ?? [])],
    plannedAtMs: startedAtMs,
    takenAtMs: startedAtMs,
    segments: segments.map(({ length }) => length),
    packageCount: packages.length,
  };
  const memory =
    printed !== undefined ? Buffer.from(printed) : isResumable(options) ? memorize(options, segments) : Buffer.alloc(0);
  return { opening, table: buildTable(segments), memory: memoryOf(memory) };
}

/** A key that depends on outputs is known too late for that; a token, or an address that has a password in it, belongs in no file. */
function isResumable({ plan, request, workspace, env }: TakeSnapshotOptions): boolean {
  const { url, token } = workspace.config.remote;
  const urls = [request.stores.remoteUrl, url];
  return (
    (token === undefined || tokenVariableOf(token, env) !== undefined) &&
    plan.late.size === 0 &&
    !request.isOnly &&
    ![...plan.tasks.values()].some((task) => task.config.persistent) &&
    !urls.some((url) => url?.includes('@') === true)
  );
}

interface TasksInPlace {
  /** What is told of them. */
  readonly tasks: readonly SnapshotTask[];
  readonly outputs: ReadonlyMap<TaskId, readonly Row[]>;
}

/** Undefined when one of the tasks is not in place. */
function tasksInPlace(options: TakeSnapshotOptions): TasksInPlace | undefined {
  const { plan, workspace, evidence, surveyed, states } = options;
  const results = new Map(options.results.map((result) => [result.task, result]));
  const tasks: SnapshotTask[] = [];
  const outputs = new Map<TaskId, readonly Row[]>();
  // What was put there in this run was not there when it was looked for.
  const afterwards = new Evidence();
  for (const task of plan.tasks.values()) {
    if (task.command === undefined) continue;
    const outcome = results.get(task.label)?.outcome;
    const known = outcome?.status === 'fresh' ? surveyed.get(task.id) : undefined;
    const state = known ?? states.load(task.id);
    if (outcome === undefined || state?.log === undefined || state.key !== task.key || !isKept(task, outcome))
      return undefined;
    const seen = known === undefined ? afterwards : evidence;
    const rows = outputRows(workspace.root, task, { state, evidence: seen, isListed: known !== undefined });
    if (rows === undefined || !afterwards.isComplete) return undefined;
    outputs.set(task.id, rows);
    tasks.push({ label: task.label, key: task.key, durationMs: state.durationMs, log: state.log });
  }
  return { tasks, outputs };
}

function memorize({ workspace, graph, plan, env }: TakeSnapshotOptions, segments: readonly (readonly Row[])[]): Buffer {
  const { token } = workspace.config.remote;
  const places = new Map<TaskId, number>(graph.topologicalOrder.map((id, place) => [id, place]));
  const [planned, ...others] = segments.slice(0, 1 + workspace.packages.length).map((rows) => placesOf(rows));
  const inputs = new Map(workspace.packages.map(({ name }, index) => [name, others[index]]));
  const memories = graph.topologicalOrder.flatMap((id) => {
    const task = plan.tasks.get(id);
    if (task === undefined) return [];
    const dependencies = graph.dependenciesOf(id).flatMap((other) => places.get(other) ?? []);
    const placeOf = (path: string): number => inputs.get(task.package)?.get(path) ?? -1 - (planned?.get(path) ?? NaN);
    return memorizeTask(task, { dependencies, placeOf });
  });
  return encodeMemory({
    tasks: memories.map(({ memory }) => memory),
    details: memories.map(({ detail }) => detail),
    entries: graph.entries,
    global: [...plan.tasks.values()][0]?.fingerprint.global ?? { inputs: [], env: {}, dotenv: {} },
    workspace: encodeWorkspace(workspace),
    ...(token !== undefined && { tokenVariable: tokenVariableOf(token, env) }),
  });
}

/** Names that matter of a folder are no input. */
function placesOf(rows: readonly Row[]): ReadonlyMap<string, number> {
  return new Map(rows.flatMap(([path, { seen }], place) => (seen === SEEN.names ? [] : [[path, place]])));
}

function shortened(root: string, rows: readonly Row[]): Row[] {
  return rows.map(([path, trace]) => [relativePath(root, path), trace]);
}
