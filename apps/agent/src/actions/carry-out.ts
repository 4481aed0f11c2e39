import { join } from 'node:path';
import { errorMessage, isVelocityError, type FileIndex } from '@velocity/core';
import type { TaskGraph } from '@velocity/graph';
import type { TaskPayload } from '../plan/build-graph.js';
import type { Plan } from '../plan/plan-tasks.js';
import type { RunSummary, TaskResult } from '../run/events.js';
import { openRunFolder } from '../run/run-folder.js';
import { writeRunSummary } from '../run/run-summary-file.js';
import { runTasks } from '../run/run-tasks.js';
import { openStores } from '../stores/open-stores.js';
import { withoutStores } from '../stores/store-settings.js';
import { overlappingOutputs } from '../workspace/overlapping-outputs.js';
import type { PreparedRun } from './prepare-run.js';
import { sweepLocalStore } from './sweep-local-store.js';

export interface CarryOutOptions extends PreparedRun {
  readonly graph: TaskGraph<TaskPayload>;
  readonly plan: Plan;
  readonly index: FileIndex;
}

/** Brings about the results of a plan. Resolves to the exit code. */
export async function carryOut(options: CarryOutOptions): Promise<number> {
  const { source, output, context, request, modes, reporter, graph, plan, index, elapsedMs } = options;
  const { workspace } = source;
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
      ...(source.opening ?? {
        labelWidth: planned.reduce((width, task) => Math.max(width, task.label.length), 0),
        header: {
          version: context.version,
          packageCount: workspace.packages.length,
          taskNames: request.tasks,
          taskCount: planned.length,
          local: modeText(stores.localMode),
          remote: settings.remote && `${modeText(settings.remote.mode)} ${new URL(settings.remote.url).host}`,
        },
      }),
    });
    const told = source.tell(plan, reporter, elapsedMs);
    output.release();
    for (const message of overlappingOutputs(
      planned.map((task) => ({ package: task.package, task: task.name, config: task.config })),
    )) {
      reporter.report({ type: 'warning', message, hint: 'each would store files of the other' });
    }
    if (settings.remoteProblem !== undefined) warn('remote off for this run', settings.remoteProblem);
    const carriedOut = await runTasks({
      context,
      workspace,
      graph: source.open(graph, plan),
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
      views: source.views,
      onSurveyed: (inPlace) => source.surveyed(inPlace),
    });
    const summary = withTold(carriedOut, told);
    reporter.report({ type: 'run-finished', summary });
    if (request.isSummaryWanted && folder.problem === undefined)
      context.stderr.write(`${writeRunSummary(workspace.root, summary, { plan, context })}\n`);
    const isReading = !request.isForced && (stores.localMode.read || settings.remote?.mode.read === true);
    if (!request.isSummaryWanted && folder.problem === undefined && isReading)
      await source.keep({ graph, plan, summary: carriedOut, request });
    if (stores.localMode.write)
      await sweepLocalStore({ stores, settings: workspace.config.cache, context, cacheDir: settings.cacheDir });
    const hasRemoteFailed =
      remoteFailure !== undefined || (summary.remote?.errors ?? 0) > 0 || (summary.remote?.abandoned ?? 0) > 0;
    return request.isRemoteRequired && hasRemoteFailed && summary.exitCode === 0 ? 1 : summary.exitCode;
  } finally {
    output.release();
    stopListening();
  }
}

/** The tasks that were in place are part of the run, too. */
function withTold(summary: RunSummary, told: readonly TaskResult[]): RunSummary {
  const savedMs = told.reduce(
    (sum, { outcome }) => sum + ('savedMs' in outcome ? outcome.savedMs : 0),
    summary.savedMs,
  );
  return { ...summary, results: [...told, ...summary.results], savedMs };
}

function modeText({ read, write }: { readonly read: boolean; readonly write: boolean }): string {
  return `${read ? 'r' : ''}${write ? 'w' : ''}` || 'off';
}
