import type { PlannedTask } from '../plan/planned-task.js';
import type { TaskResult } from '../run/events.js';
import type { TaskState } from '../tasks/task-state.js';
import type { TaskStates } from '../tasks/task-states.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { relativePath } from './absolute-path.js';
import type { BrokenSegments } from './broken-segments.js';
import { Evidence, type Row } from './evidence.js';
import { memorizeTask } from './memorize-task.js';
import { decodeDetail, encodeMemory, type PlanMemory } from './plan-memory.js';
import type { RecalledPlan } from './recalled-plan.js';
import type { Recalled } from './replay-snapshot.js';
import { inputTrace, isKept, outputRows } from './snapshot-rows.js';
import { memoryOf, type Snapshot, type SnapshotTask } from './snapshot.js';
import { rangesOf } from './segments.js';
import {
  buildTable,
  digestAt,
  lengthOf,
  rowsOf,
  seenAt,
  writeTrace,
  type Segment,
  type TableRange,
} from './trace-table.js';
import { SEEN, type Seen } from './trace.js';

export interface RenewOptions {
  readonly recalled: Recalled;
  readonly memory: PlanMemory;
  readonly workspace: OpenWorkspace;
  /** Places of packages. */
  readonly places: ReadonlyMap<string, number>;
  readonly broken: BrokenSegments;
  readonly plan: RecalledPlan;
  /** Of the tasks that were carried out. */
  readonly results: readonly TaskResult[];
  /** What was looked at again. */
  readonly evidence: Evidence;
  readonly states: Pick<TaskStates, 'load'>;
}

/** The snapshot as it stands after the run that went on from it; undefined when not everything is in place. */
export function renewSnapshot(options: RenewOptions): Snapshot | undefined {
  const { recalled, memory, plan, results } = options;
  const { table, opening } = recalled.snapshot;
  for (const [index, trace] of recalled.renewed) writeTrace(table, index, trace);
  const outcomes = new Map(results.map(({ task, outcome }) => [task, outcome]));
  const states = new Map<string, TaskState>();
  for (const task of plan.tasks.values()) {
    if (task.command === undefined) continue;
    const outcome = outcomes.get(task.label);
    const state = options.states.load(task.id);
    if (outcome === undefined || state?.key !== task.key || state.log === undefined || !isKept(task, outcome))
      return undefined;
    states.set(task.id, state);
  }
  const inputs = inputSegments(options);
  const outputs = outputSegments(options, states);
  if (inputs === undefined || outputs === undefined || !options.evidence.isComplete) return undefined;
  const added = newPlanRows(options);
  if (added === undefined) return undefined;
  const planned = rangesOf(recalled.snapshot)[0] as TableRange;
  const others = [...inputs, ...outputs];
  const byLabel = new Map([...plan.tasks.values()].map((task) => [task.label, states.get(task.id)]));
  const tasks = opening.tasks.map((task): SnapshotTask => {
    const state = byLabel.get(task.label);
    if (state === undefined) return task;
    return { label: task.label, key: state.key, durationMs: state.durationMs, log: state.log ?? '' };
  });
  return {
    opening: {
      ...opening,
      tasks,
      takenAtMs: recalled.checkedAtMs,
      segments: [lengthOf(planned) + added.length, ...others.map((segment) => lengthOf(segment))],
    },
    table: buildTable([planned, added, ...others]),
    memory: memoryOf(encodeMemory(renewMemory(memory, options, inputs))),
  };
}

/** What the plan as a whole rests on besides what it did; undefined where that, too, has changed by now. */
function newPlanRows({ recalled, workspace, evidence }: RenewOptions): Row[] | undefined {
  const { table, start, end } = rangesOf(recalled.snapshot)[0] as TableRange;
  const known = new Map<string, number>();
  for (let index = start; index < end; index++) known.set(keyOf(table.paths[index] ?? '', seenAt(table, index)), index);
  const added: Row[] = [];
  for (const [path, trace] of shortened(workspace.root, evidence.planned())) {
    const place = known.get(keyOf(path, trace.seen));
    if (place === undefined) added.push([path, trace]);
    else if (isContent(trace.seen) && isContent(seenAt(table, place)) && digestAt(table, place) !== trace.digest)
      return undefined;
  }
  return added;
}

/** Which names of a folder matter is noted beside what else is known of it. */
function keyOf(path: string, seen: Seen): string {
  return seen === SEEN.names ? `${path}\0` : path;
}

/** Of each package: which files are inputs of its tasks, and how they stood when the keys were made. */
function inputSegments({ recalled, workspace, broken, plan, evidence }: RenewOptions): Segment[] | undefined {
  const { root, packages } = workspace;
  const planned = [...plan.replanned.values()];
  const merged = new Evidence();
  const ranges = rangesOf(recalled.snapshot);
  const segments = packages.map(({ name }, place): Segment => {
    const range = ranges[1 + place] as TableRange;
    if (!broken.packages.has(place)) return range;
    const selected = broken.selections.has(place) ? shortened(root, evidence.selected(name)) : rowsOf(range);
    for (const row of selected.filter(([, { seen }]) => !isContent(seen))) merged.addInput(name, ...row);
    const inputs = planned.filter((task) => task.package === name).flatMap((task) => task.inputs);
    for (const input of inputs) merged.addInput(name, input.path, inputTrace(input));
    return merged.selected(name);
  });
  return merged.isComplete ? segments : undefined;
}

/** Undefined when other outputs are there than those that were put there. */
function outputSegments(
  { recalled, memory, workspace, plan }: RenewOptions,
  states: ReadonlyMap<string, TaskState>,
): Segment[] | undefined {
  const evidence = new Evidence();
  const ranges = rangesOf(recalled.snapshot);
  const segments: Segment[] = [];
  for (const [place, { id }] of memory.tasks.entries()) {
    const task = plan.tasks.get(id);
    const state = states.get(id);
    if (task === undefined || state === undefined) {
      segments.push(ranges[1 + workspace.packages.length + place] as TableRange);
      continue;
    }
    const rows = outputRows(workspace.root, task, { state, evidence, isListed: false });
    if (rows === undefined) return undefined;
    segments.push(shortened(workspace.root, rows));
  }
  return evidence.isComplete ? segments : undefined;
}

function renewMemory(memory: PlanMemory, options: RenewOptions, inputs: readonly Segment[]): PlanMemory {
  const { plan } = options;
  const renewed = memory.tasks.map((known, place) => {
    const task = plan.replanned.get(known.id);
    if (task === undefined) return { memory: known, detail: memory.details[place] ?? Buffer.alloc(0) };
    const { dependencies } = known;
    return memorizeTask(task, { dependencies, placeOf: placesOf(task, place, options, inputs) });
  });
  return {
    ...memory,
    tasks: renewed.map((entry) => entry.memory),
    details: renewed.map((entry) => entry.detail),
  };
}

/** Where the traces of a task's inputs are; that of a package whose inputs are as they were is as it was. */
function placesOf(
  task: PlannedTask,
  place: number,
  { recalled, memory, places, broken }: RenewOptions,
  inputs: readonly Segment[],
): (path: string) => number {
  const owner = places.get(task.package) ?? -1;
  if (!broken.packages.has(owner)) {
    const known = decodeDetail(memory.details[place]).inputs;
    const byPath = new Map(task.inputs.map(({ path }, index) => [path as string, known[index] ?? NaN]));
    return (path) => byPath.get(path) ?? NaN;
  }
  const rows = inputs[owner] as readonly Row[];
  const own = new Map(rows.flatMap(([path, { seen }], at) => (seen === SEEN.names ? [] : [[path, at]])));
  const { opening, table } = recalled.snapshot;
  return (path) => own.get(path) ?? -1 - table.paths.lastIndexOf(path, (opening.segments[0] ?? 0) - 1);
}

function isContent(seen: number): boolean {
  return seen === SEEN.file || seen === SEEN.executable || seen === SEEN.symlink;
}

function shortened(root: string, rows: readonly Row[]): Row[] {
  return rows.map(([path, trace]) => [relativePath(root, path), trace]);
}
