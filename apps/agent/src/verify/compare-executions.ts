import { existsSync } from 'node:fs';
import { compareCodeUnits, unreachable } from '@velocity/core';
import type { TaskGraph, TaskId } from '@velocity/graph';
import { selectOutputs } from '@velocity/workspace';
import type { TaskPayload } from '../plan/build-graph.js';
import type { PlannedTask } from '../plan/planned-task.js';
import type { OutputStream, TaskOutcome } from '../run/events.js';
import { compareContents, compareFiles, type ComparedRun, type FileDifference } from './compare-files.js';
import type { Execution } from './execute-copy.js';
import type { Pair } from './likely-cause.js';
import type { StrayFinding, TaskEnd, TaskVerdict } from './verdict.js';

export type ComparedExecution = Execution & ComparedRun;

const SHOWN_FILES = 10;

/**
 * Compares what the tasks of two executions left: first the tasks that are the same, then those that differ or failed by themselves, at
 * last those whose difference may come from another's; each in the graph's order. Aborted: what was compared until then.
 */
export async function compareExecutions(
  executions: Pair<ComparedExecution>,
  graph: TaskGraph<TaskPayload>,
  signal: AbortSignal,
): Promise<readonly TaskVerdict[]> {
  const verdicts = new Map<TaskId, TaskVerdict>();
  const outcomes = executions.map(
    ({ summary }) => new Map(summary.results.map((result) => [result.task, result.outcome])),
  );
  for (const id of graph.topologicalOrder) {
    const task = executions[0].plan.tasks.get(id);
    if (task?.command === undefined) continue;
    if (signal.aborted) break;
    const ends = [endOf(outcomes[0]?.get(task.label)), endOf(outcomes[1]?.get(task.label))] as const;
    const status = statusOf(ends);
    const files = status === 'same' ? await compareOutputs(task, executions) : NOTHING;
    verdicts.set(id, {
      task,
      ends,
      status: files.differingCount > 0 ? 'different' : status,
      ...files,
      mayFollowFrom: [],
      log: status === 'same' ? await compareLogs(task, executions) : undefined,
      strays: straysOf(task, executions),
    });
  }
  return sortVerdicts(withOrigins(verdicts, graph));
}

const NOTHING = { fileCount: 0, differingCount: 0, differences: [] };

function endOf(outcome: TaskOutcome | undefined): TaskEnd {
  if (outcome === undefined) return { kind: 'not-executed' };
  switch (outcome.status) {
    case 'failed':
      return { kind: 'failed', exitCode: outcome.exitCode, reason: outcome.reason };
    case 'skipped':
    case 'cancelled':
      return { kind: 'not-executed' };
    case 'ran':
    case 'fresh':
    case 'restored':
    case 'started':
    case 'passed-through':
      return { kind: 'ran' };
    default:
      return unreachable(outcome);
  }
}

/** By how they ended only. */
function statusOf([first, second]: TaskVerdict['ends']): TaskVerdict['status'] {
  if (first.kind === 'not-executed' || second.kind === 'not-executed') return 'not-executed';
  if (first.kind !== second.kind) return 'different';
  return first.kind === 'failed' ? 'failed' : 'same';
}

async function compareOutputs(
  task: PlannedTask,
  executions: Pair<ComparedExecution>,
): Promise<Pick<TaskVerdict, 'fileCount' | 'differingCount' | 'differences'>> {
  const { directory, config } = task;
  const paths = new Set(
    executions.flatMap(({ root }) => [...selectOutputs({ root, directory, globs: config.outputs })] as string[]),
  );
  const differences: FileDifference[] = [];
  let differingCount = 0;
  for (const path of [...paths].sort(compareCodeUnits)) {
    const difference = await compareFiles(path, executions);
    if (difference === undefined) continue;
    differingCount += 1;
    if (differences.length < SHOWN_FILES) differences.push(difference);
  }
  return { fileCount: paths.size, differingCount, differences };
}

async function compareLogs(task: PlannedTask, executions: Pair<ComparedExecution>): Promise<TaskVerdict['log']> {
  for (const stream of ['stdout', 'stderr'] satisfies OutputStream[]) {
    const [first, second] = executions.map(({ logs }) => logs.path(task.label, stream)) as unknown as Pair<string>;
    if (existsSync(first) !== existsSync(second)) {
      const onlyIn = existsSync(first) ? 'first' : 'second';
      return { path: stream, kind: 'presence', onlyIn, cause: 'only in one execution' };
    }
    const content = existsSync(first) ? await compareContents([first, second], executions) : undefined;
    if (content !== undefined) return { path: stream, kind: 'content', ...content };
  }
  return undefined;
}

/** Who else ran in both executions may have been it; who ran in one only was not, when both tell of the file. */
function straysOf({ label }: PlannedTask, executions: Pair<Execution>): StrayFinding[] {
  const [first, second] = executions.map(({ writes }) => writes.writesOf(label)) as unknown as Pair<
    ReturnType<Execution['writes']['writesOf']>
  >;
  const again = new Map(second.map((write) => [write.path, write]));
  const onlyAgain = second.filter(({ path }) => !first.some((write) => write.path === path));
  return [...first, ...onlyAgain]
    .map(({ path, isInput, others }) => {
      const both = [...others].filter((other) => again.get(path)?.others.has(other) !== false);
      return { path, isInput, others: both.sort(compareCodeUnits) };
    })
    .sort((a, b) => compareCodeUnits(a.path, b.path));
}

/** A difference counts as a task's own where nothing that it depends on, near or far, differs. */
function withOrigins(verdicts: ReadonlyMap<TaskId, TaskVerdict>, graph: TaskGraph<TaskPayload>): TaskVerdict[] {
  const origins = new Map<TaskId, readonly string[]>();
  return graph.topologicalOrder.flatMap((id) => {
    const above = [...new Set(graph.dependenciesOf(id).flatMap((dependency) => origins.get(dependency) ?? []))];
    const verdict = verdicts.get(id);
    const isDifferent = verdict?.status === 'different';
    origins.set(id, isDifferent && above.length === 0 ? [verdict.task.label] : above);
    if (verdict === undefined) return [];
    return [isDifferent ? { ...verdict, mayFollowFrom: above } : verdict];
  });
}

function sortVerdicts(verdicts: readonly TaskVerdict[]): TaskVerdict[] {
  const rank = ({ status, mayFollowFrom }: TaskVerdict): number =>
    status === 'same' ? 0 : mayFollowFrom.length === 0 ? 1 : 2;
  return [...verdicts].sort((a, b) => rank(a) - rank(b));
}
