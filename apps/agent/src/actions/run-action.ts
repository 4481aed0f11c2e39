import { join, relative, sep } from 'node:path';
import { errorMessage, FileIndex, isVelocityError, VelocityError } from '@velocity/core';
import type { FailureMode, TaskGraph } from '@velocity/graph';
import type { AgentContext } from '../agent-context.js';
import { buildGraph, type TaskPayload } from '../plan/build-graph.js';
import { planTasks, type Plan } from '../plan/plan-tasks.js';
import { JsonReporter } from '../reporters/json-reporter.js';
import { TerminalReporter, type OutputLogs } from '../reporters/terminal-reporter.js';
import type { Reporter } from '../run/events.js';
import { runTasks } from '../run/run-tasks.js';
import { writeRunSummary } from '../run/run-summary-file.js';
import { openStores } from '../stores/open-stores.js';
import { storeSettings, type StoreFlags, type StoreSettings } from '../stores/store-settings.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { choice, parseConcurrency } from './choice.js';
import { printDryRun } from './dry-run.js';
import { renderGraph } from './render-graph.js';
import { sweepLocalStore } from './sweep-local-store.js';

export interface RunRequest {
  readonly directory: string;
  readonly tasks: readonly string[];
  readonly filters: readonly string[];
  readonly args: readonly string[];
  readonly isOnly: boolean;
  readonly isForced: boolean;
  readonly isRemoteRequired: boolean;
  readonly isSummaryWanted: boolean;
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  readonly concurrency: string | undefined;
  readonly continueMode: string | boolean | undefined;
  readonly dry: string | boolean | undefined;
  readonly graph: string | boolean | undefined;
  readonly outputLogs: string | undefined;
  readonly logOrder: string | undefined;
  readonly logPrefix: string | undefined;
  readonly envMode: string | undefined;
  readonly stores: Omit<StoreFlags, 'upload'> & { readonly upload: string | undefined };
}

const FAILURE_MODES: Readonly<Record<string, FailureMode>> = {
  never: 'stop',
  'dependencies-successful': 'continue-independent',
  always: 'continue-all',
};

/** `velocity run`: plans, then prints the plan or carries it out. Resolves to the exit code. */
export async function runRun(workspace: OpenWorkspace, context: AgentContext, request: RunRequest): Promise<number> {
  const startedAt = context.monotonic();
  const graph = buildGraph(workspace, {
    tasks: request.tasks,
    filters: request.filters,
    directory: relative(workspace.root, request.directory).split(sep).join('/'),
  });
  refuseRecursion(graph, context);
  if (request.graph !== undefined && request.graph !== false) {
    context.stdout.write(renderGraph(graph, request.graph === true ? 'dot' : request.graph));
    return 0;
  }
  const index = FileIndex.load({
    root: workspace.root,
    file: join(workspace.root, '.velocity', 'index'),
    now: context.now,
  });
  const plan = await planTasks({ context, workspace, graph, args: request.args, index });
  const upload = choice('--upload', request.stores.upload, ['wait', 'background', 'skip', ''], '');
  const settings = storeSettings(
    workspace.config,
    { ...request.stores, upload: upload === '' ? undefined : upload },
    context,
  );
  if (request.dry !== undefined && request.dry !== false) {
    index.save();
    return printDryRun({ workspace, context, graph, plan, settings, request });
  }
  return carryOut({
    workspace,
    context,
    request,
    graph,
    plan,
    index,
    settings,
    elapsedMs: () => context.monotonic() - startedAt,
  });
}

/** A script `build` that is `velocity run build` would start itself for ever. */
function refuseRecursion(graph: TaskGraph<TaskPayload>, { env }: AgentContext): void {
  const outer = env['VELOCITY_TASK'];
  if (outer === undefined || ![...graph.tasks.keys()].some((id) => id === outer)) return;
  throw new VelocityError('USAGE', `${outer} calls velocity, which would run ${outer} again`, {
    hint: 'give the task a command of its own in velocity.yml',
  });
}

interface CarryOutOptions {
  readonly workspace: OpenWorkspace;
  readonly context: AgentContext;
  readonly request: RunRequest;
  readonly graph: TaskGraph<TaskPayload>;
  readonly plan: Plan;
  readonly index: FileIndex;
  readonly settings: StoreSettings;
  readonly elapsedMs: () => number;
}

async function carryOut(options: CarryOutOptions): Promise<number> {
  const { workspace, context, request, graph, plan, index, settings, elapsedMs } = options;
  const reporter = createReporter(request, context);
  const abort = new AbortController();
  const stopListening = context.onSignal((signal) => abort.abort(signal));
  let remoteFailure: unknown;
  try {
    await using stores = await openStores(settings, context, (failure) => {
      remoteFailure = failure;
      const hint = isVelocityError(failure) ? failure.hint : undefined;
      reporter.report({ type: 'warning', message: `remote off for this run: ${errorMessage(failure)}`, hint });
    });
    const planned = [...plan.tasks.values()].filter(
      (task) => task.command !== undefined && (!request.isOnly || graph.entries.includes(task.id)),
    );
    reporter.report({
      type: 'run-started',
      labelWidth: planned.reduce((width, task) => Math.max(width, task.label.length), 0),
      header: {
        version: context.version,
        packageCount: workspace.packages.length,
        taskNames: request.tasks,
        taskCount: planned.length,
        local: modeText(settings.local),
        remote: settings.remote && `${modeText(settings.remote.mode)} ${new URL(settings.remote.url).host}`,
      },
    });
    const summary = await runTasks({
      context,
      workspace,
      graph,
      plan,
      index,
      stores,
      settings,
      concurrency: parseConcurrency(request.concurrency, context.cpuCount),
      failureMode: failureMode(request.continueMode),
      isOnly: request.isOnly,
      isForced: request.isForced,
      envMode: choice('--env-mode', request.envMode, ['strict', 'loose'], 'strict'),
      emit: (event) => reporter.report(event),
      elapsedMs,
      signal: abort.signal,
    });
    reporter.report({ type: 'run-finished', summary });
    if (request.isSummaryWanted)
      context.stderr.write(`${writeRunSummary(workspace.root, summary, { plan, context })}\n`);
    await sweepLocalStore({ stores, settings: workspace.config.cache, context, cacheDir: settings.cacheDir });
    const hasRemoteFailed =
      remoteFailure !== undefined || (summary.remote?.errors ?? 0) > 0 || (summary.remote?.abandoned ?? 0) > 0;
    return request.isRemoteRequired && hasRemoteFailed && summary.exitCode === 0 ? 1 : summary.exitCode;
  } finally {
    stopListening();
  }
}

function createReporter(request: RunRequest, context: AgentContext): Reporter {
  if (request.isJson) return new JsonReporter(context.stdout);
  const logOrder = choice('--log-order', request.logOrder, ['auto', 'stream', 'grouped'], 'auto');
  const logPrefix = choice('--log-prefix', request.logPrefix, ['auto', 'task', 'none'], 'auto');
  const outputLogs: OutputLogs = choice(
    '--output-logs',
    request.outputLogs,
    ['full', 'hash-only', 'new-only', 'errors-only', 'none'],
    'full',
  );
  const isCi = Boolean(context.env['CI']);
  return new TerminalReporter({
    out: context.stdout,
    hasColor: context.hasColor,
    columns: isCi ? undefined : context.columns,
    outputLogs,
    logOrder: logOrder === 'auto' ? (isCi ? 'grouped' : 'stream') : logOrder,
    logPrefix: logPrefix === 'none' ? 'none' : 'task',
    isQuiet: request.isQuiet,
    isVerbose: request.isVerbose,
    env: context.env,
  });
}

function failureMode(value: string | boolean | undefined): FailureMode {
  if (value === undefined || value === false) return 'stop';
  const mode = FAILURE_MODES[value === true ? 'always' : value];
  if (mode !== undefined) return mode;
  throw new VelocityError('USAGE', `--continue does not take ${JSON.stringify(value)}`, {
    hint: `use one of ${Object.keys(FAILURE_MODES).join(', ')}`,
  });
}

function modeText({ read, write }: { readonly read: boolean; readonly write: boolean }): string {
  return `${read ? 'r' : ''}${write ? 'w' : ''}` || 'off';
}
