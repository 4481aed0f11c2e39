import { errorMessage, formatSize, printablePath, VelocityError } from '@velocity/core';
import type { TaskGraph } from '@velocity/graph';
import type { RunModes } from '../actions/run-modes.js';
import type { AgentContext } from '../agent-context.js';
import type { GraphRequest, TaskPayload } from '../plan/build-graph.js';
import { labelOf } from '../plan/plan-tasks.js';
import { createReporter, type ReporterFlags } from '../reporters/create-reporter.js';
import { createStyle } from '../reporters/style.js';
import type { Reporter, RunEvent } from '../run/events.js';
import type { StoreSettings } from '../stores/store-settings.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { compareExecutions, type ComparedExecution } from './compare-executions.js';
import { copyTree, type CopyTotals } from './copy-tree.js';
import { executableGraph, executeCopy, isPersistent } from './execute-copy.js';
import { leftOutPaths } from './left-out-paths.js';
import { makeScratchFolders, type ScratchFolders } from './scratch-folders.js';
import type { Pair } from './likely-cause.js';
import { isObjection } from './verdict.js';
import { verdictDocument, type VerifyResult } from './verdict-document.js';
import { verdictLines, verifyHeader, verifySummary } from './verify-lines.js';

export interface VerifyOptions {
  readonly workspace: OpenWorkspace;
  readonly context: AgentContext;
  /** All that was asked for, as the workspace itself says. */
  readonly graph: TaskGraph<TaskPayload>;
  readonly selection: GraphRequest;
  readonly args: readonly string[];
  readonly isOnly: boolean;
  readonly modes: RunModes;
  readonly settings: StoreSettings;
  readonly reporting: ReporterFlags;
}

const PROGRESS_INTERVAL_MS = 100;

/**
 * Executes the tasks twice, in two copies of the workspace, and says what differs. The workspace is only read.
 * @returns 0 when all is the same, 1 when something differs, the exit code of a task that failed, 130 or 143 after a signal
 */
export async function verifyRun(options: VerifyOptions): Promise<number> {
  const { workspace, context, selection, reporting } = options;
  const startedAt = context.monotonic();
  const graph = executableGraph(options.graph, options.isOnly);
  const tasks = [...graph.tasks.values()].filter(({ definition }) => definition.config.command !== undefined);
  if (tasks.length === 0) {
    throw new VelocityError('USAGE', 'there is nothing to execute twice', { hint: 'persistent tasks have no end' });
  }
  const style = createStyle(context.hasColor);
  const say = (text: string): void => {
    if (!reporting.isJson) context.stdout.write(`${text}\n`);
  };
  const sayUnlessQuiet = (text: string): void => (reporting.isQuiet ? undefined : say(text));
  const { version } = context;
  const header = { version, packageCount: workspace.packages.length, taskNames: selection.tasks };
  sayUnlessQuiet(verifyHeader({ ...header, taskCount: tasks.length }, style));
  const abort = new AbortController();
  const stopListening = context.onSignal((signal) => abort.abort(signal));
  try {
    const compared = await executeTwice({
      ...options,
      graph,
      reporters: [reporterOf(options, 'full'), reporterOf(options, 'errors-only')],
      onExecution: (count, root) => sayUnlessQuiet(style.dim(`execution ${count} of 2, in ${root}`)),
      signal: abort.signal,
    });
    if (compared === undefined) return abort.signal.reason === 'SIGINT' ? 130 : 143;
    const leftOut = persistentTasks(options.graph);
    const result = { ...compared, leftOut, durationMs: context.monotonic() - startedAt };
    if (reporting.isJson) context.stdout.write(`${JSON.stringify(verdictDocument(result), undefined, 2)}\n`);
    say(['', ...verdictLines(result, style)].join('\n'));
    sayUnlessQuiet(['', ...verifySummary(result, style)].join('\n'));
    return result.exitCode;
  } finally {
    stopListening();
  }
}

interface Executor extends VerifyOptions {
  readonly reporters: Pair<Reporter>;
  readonly onExecution: (count: 1 | 2, root: string) => void;
  readonly signal: AbortSignal;
}

/** Undefined when it was stopped. The copies are gone when this settles. */
async function executeTwice(
  options: Executor,
): Promise<Pick<VerifyResult, 'verdicts' | 'copied' | 'exitCode'> | undefined> {
  const { workspace, context, graph, settings, reporters, onExecution, signal } = options;
  const warn = (message: string, hint?: string): void => reporters[0].report({ type: 'warning', message, hint });
  await using folders = await makeScratchFolders({
    root: workspace.root,
    tempDirectory: context.tempDirectory,
    processId: context.processId,
    onLeftBehind: (path, problem) => warn(`cannot remove ${path}: ${errorMessage(problem)}`, 'remove it by hand'),
  });
  const leftOut = await leftOutPaths(workspace, graph, [settings.cacheDir, folders.first, folders.second]);
  const { files, bytes, unreadable } = await makeCopies(folders, leftOut, options);
  if (unreadable.length > 0) {
    const others = unreadable.length === 1 ? '' : ` (+${unreadable.length - 1} more)`;
    warn(`not copied, since it may not be read: ${printablePath(unreadable[0] ?? '')}${others}`);
  }
  const execute = async (root: string, count: 1 | 2): Promise<ComparedExecution> => {
    onExecution(count, root);
    const startedAtMs = context.now();
    const emit = (event: RunEvent): void => forward(event, reporters[count - 1] as Reporter, options.reporting);
    return { ...(await executeCopy(root, { ...options, emit })), startedAtMs, endedAtMs: context.now() };
  };
  if (signal.aborted) return undefined;
  const first = await execute(folders.first, 1);
  if (signal.aborted) return undefined;
  const second = await execute(folders.second, 2);
  const verdicts = await compareExecutions([first, second], graph, signal);
  if (signal.aborted) return undefined;
  const failure = Math.max(first.summary.exitCode, second.summary.exitCode);
  const exitCode = failure !== 0 ? failure : verdicts.some(isObjection) ? 1 : 0;
  return { verdicts, copied: { files, bytes }, exitCode };
}

/** The second is made from the first: whoever works in the workspace meanwhile does not make them differ. */
async function makeCopies(
  { first, second }: ScratchFolders,
  leftOut: ReadonlySet<string>,
  { workspace, context, reporters, signal }: Executor,
): Promise<CopyTotals> {
  const say = (text: string): void => reporters[0].report({ type: 'progress', text });
  let saidAt = -Infinity;
  const onProgress = ({ files, bytes }: CopyTotals): void => {
    if (context.monotonic() - saidAt < PROGRESS_INTERVAL_MS) return;
    saidAt = context.monotonic();
    say(`copying the workspace: ${files} files, ${formatSize(bytes)}`);
  };
  const isLeftOut = (path: string): boolean => leftOut.has(path);
  try {
    const totals = await copyTree({ from: workspace.root, to: first, isLeftOut, onProgress, signal });
    await copyTree({ from: first, to: second, isLeftOut: () => false, onProgress, signal });
    return totals;
  } finally {
    say('');
  }
}

/** Header, summary and verdicts are said here; with `--json` on stdout there is nothing but the document. */
function reporterOf({ reporting, context }: VerifyOptions, outputLogs: string): Reporter {
  const flags = { ...reporting, isJson: false, isQuiet: true };
  if (!reporting.isJson) return createReporter({ ...flags, outputLogs: reporting.outputLogs ?? outputLogs }, context);
  return createReporter(
    { ...flags, outputLogs: reporting.outputLogs ?? 'errors-only' },
    { ...context, stdout: context.stderr },
  );
}

/** That everything misses need not be said. */
function forward(event: RunEvent, reporter: Reporter, { isVerbose }: ReporterFlags): void {
  if (event.type !== 'task-missed' || isVerbose) reporter.report(event);
}

function persistentTasks(graph: TaskGraph<TaskPayload>): string[] {
  return [...graph.tasks.values()].filter(isPersistent).map((node) => labelOf(node.package, node.task));
}
