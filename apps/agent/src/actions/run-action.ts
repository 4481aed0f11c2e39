import { join, relative, sep } from 'node:path';
import { errorMessage, FileIndex, isVelocityError, VelocityError } from '@velocity/core';
import type { TaskGraph } from '@velocity/graph';
import type { AgentContext } from '../agent-context.js';
import { buildGraph, type TaskPayload } from '../plan/build-graph.js';
import { planTasks, type Plan } from '../plan/plan-tasks.js';
import { createReporter, type ReporterFlags } from '../reporters/create-reporter.js';
import type { Reporter } from '../run/events.js';
import { openRunFolder } from '../run/run-folder.js';
import { runTasks } from '../run/run-tasks.js';
import { writeRunSummary } from '../run/run-summary-file.js';
import { overlappingOutputs } from '../workspace/overlapping-outputs.js';
import type { SnapshotKeeper } from '../snapshot/snapshot-keeper.js';
import { openStores } from '../stores/open-stores.js';
import { storeSettings, withoutStores, type StoreFlags, type StoreSettings } from '../stores/store-settings.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { printDryRun } from './dry-run.js';
import { renderGraph } from './render-graph.js';
import { parseModes, type ModeFlags, type RunModes } from './run-modes.js';
import { sweepLocalStore } from './sweep-local-store.js';
import { parseVerify } from '../verify/parse-verify.js';
import { hideOwnFolder, ownPath } from '../workspace/own-folder.js';

export interface RunRequest extends ReporterFlags, ModeFlags {
  readonly directory: string;
  readonly tasks: readonly string[];
  readonly filters: readonly string[];
  readonly args: readonly string[];
  readonly isOnly: boolean;
  readonly isForced: boolean;
  readonly isRemoteRequired: boolean;
  readonly isSummaryWanted: boolean;
  readonly dry: string | boolean | undefined;
  readonly graph: string | boolean | undefined;
  readonly verify: string | boolean | undefined;
  readonly stores: Omit<StoreFlags, 'upload'>;
  /** What the workspace was opened through. */
  readonly keeper: SnapshotKeeper;
}

/** `velocity run`: plans, then prints the plan or carries it out. Resolves to the exit code. */
export async function runRun(workspace: OpenWorkspace, context: AgentContext, request: RunRequest): Promise<number> {
  const startedAt = context.monotonic();
  // Mistakes first: nothing is said and nothing done before they are.
  const modes = parseModes(request, context);
  const verify = parseVerify(request);
  const reporter = request.keeper.watch(createReporter(request, context));
  const settings = storeSettings(workspace.config, { ...request.stores, upload: modes.upload }, context);
  if (request.isRemoteRequired && settings.remoteProblem !== undefined) throw settings.remoteProblem;
  if (request.isRemoteRequired && settings.remote === undefined) {
    throw new VelocityError('USAGE', '--require-remote, but no remote is in use', {
      hint: 'set remote.url in velocity.yml, or give --remote-cache-url',
    });
  }
  const directory = relative(workspace.root, request.directory).split(sep).join('/');
  const selection = { tasks: request.tasks, filters: request.filters, directory };
  const graph = buildGraph(workspace, selection);
  refuseRecursion(graph, context);
  if (verify !== undefined) {
    const { verifyRun } = await import('../verify/verify-run.js');
    const { args, isOnly } = request;
    return verifyRun({ workspace, context, graph, selection, args, isOnly, modes, settings, reporting: request });
  }
  if (request.graph !== undefined && request.graph !== false) {
    context.stdout.write(renderGraph(graph, request.graph === true ? 'dot' : request.graph));
    return 0;
  }
  const index = FileIndex.load({
    root: workspace.root,
    file: ownPath(workspace.root, 'index'),
    now: context.now,
  });
  hideOwnFolder(workspace.root);
  const plan = await planTasks({ context, workspace, graph, args: request.args, index, disk: request.keeper.disk });
  if (request.dry !== undefined && request.dry !== false) {
    index.save();
    return printDryRun({ workspace, context, graph, plan, settings, request });
  }
  return carryOut({
    workspace,
    context,
    request,
    modes,
    reporter,
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
  readonly modes: RunModes;
  readonly reporter: Reporter;
  readonly graph: TaskGraph<TaskPayload>;
  readonly plan: Plan;
  readonly index: FileIndex;
  readonly settings: StoreSettings;
  readonly elapsedMs: () => number;
}

async function carryOut(options: CarryOutOptions): Promise<number> {
  const { workspace, context, request, modes, reporter, graph, plan, index, elapsedMs } = options;
  const abort = new AbortController();
  const stopListening = context.onSignal((signal) => abort.abort(signal));
  let remoteFailure: unknown;
  const warn = (message: string, cause?: unknown): void => {
    const hint = isVelocityError(cause) ? cause.hint : undefined;
    reporter.report({ type: 'warning', message: `${message}: ${errorMessage(cause)}`, hint });
  };
  try {
    using folder = openRunFolder(workspace.root, context);
    const settings = folder.problem === undefined ? options.settings : withoutStores(options.settings);
    if (folder.problem !== undefined) warn('nothing is restored and nothing stored', folder.problem);
    await using stores = await openStores(settings, context, {
      onRemoteOff: (failure) => {
        remoteFailure = failure;
        warn('remote off for this run', failure);
      },
      fallback: {
        folder: join(folder.path, 'store'),
        onLocalOff: (failure) => warn('local store off for this run', failure),
      },
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
        local: modeText(stores.localMode),
        remote: settings.remote && `${modeText(settings.remote.mode)} ${new URL(settings.remote.url).host}`,
      },
    });
    for (const message of overlappingOutputs(
      planned.map((task) => ({ package: task.package, task: task.name, config: task.config })),
    )) {
      reporter.report({ type: 'warning', message, hint: 'each would store files of the other' });
    }
    if (settings.remoteProblem !== undefined) warn('remote off for this run', settings.remoteProblem);
    const summary = await runTasks({
      context,
      workspace,
      graph,
      plan,
      index,
      stores,
      settings,
      tempDir: folder.path,
      modes,
      isOnly: request.isOnly,
      isForced: request.isForced,
      emit: (event) => reporter.report(event),
      elapsedMs,
      signal: abort.signal,
      disk: request.keeper.disk,
      onSurveyed: (inPlace) => request.keeper.surveyed(inPlace),
    });
    reporter.report({ type: 'run-finished', summary });
    if (request.isSummaryWanted && folder.problem === undefined)
      context.stderr.write(`${writeRunSummary(workspace.root, summary, { plan, context })}\n`);
    if (!request.isSummaryWanted && folder.problem === undefined) await request.keeper.keep(workspace, plan, request);
    if (stores.localMode.write)
      await sweepLocalStore({ stores, settings: workspace.config.cache, context, cacheDir: settings.cacheDir });
    const hasRemoteFailed =
      remoteFailure !== undefined || (summary.remote?.errors ?? 0) > 0 || (summary.remote?.abandoned ?? 0) > 0;
    return request.isRemoteRequired && hasRemoteFailed && summary.exitCode === 0 ? 1 : summary.exitCode;
  } finally {
    stopListening();
  }
}

function modeText({ read, write }: { readonly read: boolean; readonly write: boolean }): string {
  return `${read ? 'r' : ''}${write ? 'w' : ''}` || 'off';
}
