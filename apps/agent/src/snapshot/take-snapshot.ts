import { join, relative, sep } from 'node:path';
import { digestOf } from '@velocity/core';
import { matchNames } from '../plan/task-environment.js';
import type { Plan } from '../plan/plan-tasks.js';
import type { PlannedInput, PlannedTask } from '../plan/planned-task.js';
import type { ReporterFlags } from '../reporters/create-reporter.js';
import type { RunHeader, RunSummary } from '../run/events.js';
import type { KnownOutput, TaskState } from '../tasks/task-state.js';
import type { Evidence } from './evidence.js';
import type { Snapshot, SnapshotTask } from './snapshot.js';
import { sessionVariables } from './snapshot-file.js';
import { NOTHING_THERE, SEEN, type Seen, type Trace } from './trace.js';

export interface TakeSnapshotOptions {
  readonly root: string;
  readonly evidence: Evidence;
  /** Before anything was looked at, in milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly plan: Plan;
  readonly summary: RunSummary;
  readonly header: RunHeader;
  readonly labelWidth: number;
  readonly reporter: ReporterFlags;
  /** The outputs of tasks as they were found in place. */
  readonly stateOf: (task: PlannedTask) => TaskState | undefined;
  /** Names and patterns of variables that are part of keys. */
  readonly declaredVariables: readonly string[];
}

const TYPES: Readonly<Record<Exclude<PlannedInput['type'], 'missing'>, Seen>> = {
  file: SEEN.file,
  executable: SEEN.executable,
  symlink: SEEN.symlink,
};

/** Undefined unless the run found everything in place, and every change that would make it find something else could be noticed. */
export async function takeSnapshot(options: TakeSnapshotOptions): Promise<Snapshot | undefined> {
  const { root, evidence, plan, summary, header, labelWidth, reporter, startedAtMs } = options;
  const isSessionDeclared = sessionVariables().some(matchNames(options.declaredVariables));
  if (summary.exitCode !== 0 || isSessionDeclared) return undefined;
  const results = new Map(summary.results.map((result) => [result.task, result]));
  const tasks: SnapshotTask[] = [];
  for (const task of plan.tasks.values()) {
    if (task.command === undefined) continue;
    const result = results.get(task.label);
    const state = options.stateOf(task);
    if (result?.outcome.status !== 'fresh' || state?.log === undefined || state.key !== task.key) return undefined;
    for (const output of state.outputs) addOutput(evidence, root, output);
    for (const input of task.inputs) evidence.add(join(root, input.path), inputTrace(input));
    const { label, key } = task;
    tasks.push({ label, key, durationMs: state.durationMs, log: state.log });
  }
  for (const input of plan.globalInputs) evidence.add(join(root, input.path), inputTrace(input));
  if (!evidence.isComplete) return undefined;
  return {
    header,
    labelWidth,
    reporter,
    hasRemote: summary.remote !== undefined,
    tasks,
    criticalPath: summary.criticalPath.tasks,
    tools: await plan.askedTools(),
    plannedAtMs: startedAtMs,
    takenAtMs: startedAtMs,
    traces: new Map([...evidence.traces].map(([path, trace]) => [shorten(root, path), trace])),
  };
}

/** An empty folder among the outputs was listed when it was found. */
function addOutput(evidence: Evidence, root: string, output: KnownOutput): void {
  const [path, size, mtimeMs, ctimeMs, ino, mode, content] = output;
  const kind = mode & 0o170000;
  if (kind === 0o040000) return;
  const isLink = kind === 0o120000;
  const seen = isLink ? SEEN.symlink : (mode & 0o100) !== 0 ? SEEN.executable : SEEN.file;
  const digest = isLink ? digestOf(content) : (content as Trace['digest']);
  evidence.add(join(root, path), { seen, size, mtimeMs, ctimeMs, ino, digest });
}

function inputTrace({ type, content, size, version }: PlannedInput): Trace {
  if (type === 'missing') return NOTHING_THERE;
  const [ino = 0, mtimeMs = 0, , ctimeMs = 0] = version.split(' ').map(Number);
  return { seen: TYPES[type], size, mtimeMs, ctimeMs, ino, digest: content };
}

function shorten(root: string, path: string): string {
  const below = relative(root, path);
  return below === '' ? '.' : below.startsWith(`..${sep}`) || below === '..' ? path : below;
}
