import { join } from 'node:path';
import { FileIndex, isVelocityError, errorMessage } from '@velocity/core';
import { restrictTaskGraph, type TaskGraph, type TaskNode } from '@velocity/graph';
import type { RunModes } from '../actions/run-modes.js';
import type { AgentContext } from '../agent-context.js';
import { buildGraph, type GraphRequest, type TaskPayload } from '../plan/build-graph.js';
import { planTasks, type Plan } from '../plan/plan-tasks.js';
import type { RunEvent, RunSummary } from '../run/events.js';
import { openRunFolder } from '../run/run-folder.js';
import { runTasks } from '../run/run-tasks.js';
import { openStores } from '../stores/open-stores.js';
import { withoutStores, type StoreSettings } from '../stores/store-settings.js';
import { openWorkspace, type OpenWorkspace } from '../workspace/open-workspace.js';
import { hideOwnFolder, ownPath } from '../workspace/own-folder.js';
import { LogFiles } from './log-files.js';
import { WriteWatch } from './write-watch.js';

/** What one execution of the tasks left behind. */
export interface Execution {
  readonly root: string;
  readonly plan: Plan;
  readonly summary: RunSummary;
  readonly logs: LogFiles;
  readonly writes: WriteWatch;
}

export interface ExecuteCopyOptions {
  readonly context: AgentContext;
  readonly settings: StoreSettings;
  readonly modes: RunModes;
  readonly selection: GraphRequest;
  readonly args: readonly string[];
  readonly isOnly: boolean;
  readonly emit: (event: RunEvent) => void;
  readonly signal: AbortSignal;
}

/** Runs until it is stopped: it has no result that could be compared. */
export function isPersistent({ definition: { config } }: TaskNode<TaskPayload>): boolean {
  return config.persistent && config.command !== undefined;
}

/** The tasks of a selection that can be executed twice: those that end, and with `isOnly` no more than were asked for. */
export function executableGraph(graph: TaskGraph<TaskPayload>, isOnly: boolean): TaskGraph<TaskPayload> {
  const ids = isOnly ? graph.entries : [...graph.tasks.keys()];
  return restrictTaskGraph(
    graph,
    ids.filter((id) => {
      const node = graph.tasks.get(id);
      return node !== undefined && !isPersistent(node);
    }),
  );
}

/** Runs the tasks in a copy of the workspace as a run does that finds nothing stored and stores nothing. */
export async function executeCopy(root: string, options: ExecuteCopyOptions): Promise<Execution> {
  const { modes, selection, args, emit, signal } = options;
  const context = { ...options.context, cwd: root };
  const startedAt = context.monotonic();
  const workspace = openCopy(root, context);
  const graph = buildGraph(workspace, selection);
  const index = FileIndex.load({ root, now: context.now });
  hideOwnFolder(root);
  const plan = await planTasks({ context, workspace, graph, args, index });
  const logs = new LogFiles(ownPath(root, 'verify'));
  const writes = new WriteWatch(workspace, plan);
  const byLabel = new Map([...plan.tasks.values()].map((task) => [task.label, task]));
  const listen = (event: RunEvent): void => {
    const task = event.type === 'task-missed' ? byLabel.get(event.task) : undefined;
    if (task !== undefined) writes.start(task);
    if (event.type === 'task-output') logs.append(event.task, event.stream, event.chunk);
    if (event.type === 'task-finished') {
      writes.end(event.result.task);
      logs.close(event.result.task);
    }
    emit(event);
  };
  const settings = withoutStores(options.settings);
  const onLocalOff = (problem: unknown): void =>
    emit({
      type: 'warning',
      message: errorMessage(problem),
      hint: isVelocityError(problem) ? problem.hint : undefined,
    });
  using folder = openRunFolder(root, context);
  await using stores = await openStores(settings, context, {
    fallback: { folder: join(folder.path, 'store'), onLocalOff },
  });
  const summary = await runTasks({
    context,
    workspace,
    graph: executableGraph(graph, options.isOnly),
    plan,
    index,
    stores,
    settings,
    tempDir: folder.path,
    modes,
    isOnly: false,
    isForced: true,
    emit: listen,
    elapsedMs: () => context.monotonic() - startedAt,
    signal,
  });
  return { root, plan, summary, logs, writes };
}

function openCopy(root: string, context: AgentContext): OpenWorkspace {
  const workspace = openWorkspace({ cwd: root, env: context.env });
  // Anywhere else the tasks would run in somebody's tree.
  if (workspace.root !== root) throw new Error(`${root} is not a workspace of its own but part of ${workspace.root}`);
  return workspace;
}
