import { join } from 'node:path';
import { selectCodec } from '@velocity/artifact';
import { UploadQueue } from '@velocity/client';
import { formatSize, type FileIndex } from '@velocity/core';
import { restrictTaskGraph, runGraph, type TaskGraph, type TaskId } from '@velocity/graph';
import type { RunModes } from '../actions/run-modes.js';
import type { AgentContext } from '../agent-context.js';
import type { TaskPayload } from '../plan/build-graph.js';
import { Explainer } from '../explain/explainer.js';
import type { DiskViews } from '../plan/disk-views.js';
import { loadDotenv } from '../plan/dotenv.js';
import type { Plan } from '../plan/plan-tasks.js';
import type { PlannedTask } from '../plan/planned-task.js';
import { commandPath } from '../plan/command-path.js';
import { taskEnvironment } from '../plan/task-environment.js';
import { lookUp, type LookUpOptions } from '../stores/look-up.js';
import type { OpenStores } from '../stores/open-stores.js';
import { NO_ACCESS, type StoreSettings } from '../stores/store-settings.js';
import { SuspectInputs } from '../tasks/suspect-inputs.js';
import { type TaskState } from '../tasks/task-state.js';
import { TaskStates } from '../tasks/task-states.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import type { RunEvent, RunSummary, TaskOutcome, TaskResult } from './events.js';
import { executeTask } from './execute-task.js';
import { InputGuard } from './input-guard.js';
import { LateKeys } from './late-keys.js';
import { TrackedFiles } from './owned-outputs.js';
import { firstOutdated } from './left-out.js';
import { PersistentTasks } from './persistent-tasks.js';
import type { RunEnvironment } from './run-environment.js';
import { summarizeRun } from './summarize-run.js';
import { Survey, surveyTasks } from './survey.js';
import { LOCK_FOLDER } from './take-lock.js';
import { UploadTally } from './upload-tally.js';
import { WorkFolders } from './work-folders.js';
import { ownPath } from '../workspace/own-folder.js';

export interface RunTasksOptions {
  readonly context: AgentContext;
  readonly workspace: OpenWorkspace;
  readonly graph: TaskGraph<TaskPayload>;
  readonly plan: Plan;
  readonly index: FileIndex;
  readonly stores: OpenStores;
  readonly settings: StoreSettings;
  /** A folder of this run's own. */
  readonly tempDir: string;
  readonly modes: RunModes;
  readonly isOnly: boolean;
  readonly isForced: boolean;
  readonly emit: (event: RunEvent) => void;
  readonly elapsedMs: () => number;
  readonly signal: AbortSignal;
  /** How outputs are looked for before anything runs. */
  readonly views?: DiskViews | undefined;
  /** Told what was found in place. */
  readonly onSurveyed?: ((inPlace: ReadonlyMap<TaskId, TaskState>) => void) | undefined;
}

const PARALLEL_UPLOADS = 4;
const UPLOAD_WAIT_MS = 60_000;
const PROGRESS_INTERVAL_MS = 200;
const COMPRESSION_LEVEL = 3;

/** Runs the graph: everything that the stores have is brought back, the rest is executed and shared. */
export async function runTasks(options: RunTasksOptions): Promise<RunSummary> {
  const { workspace, context, stores, settings, plan, emit, elapsedMs } = options;
  const graph = options.isOnly ? restrictTaskGraph(options.graph, options.graph.entries) : options.graph;
  const tally = new UploadTally({ emit, isRemoteOff: () => stores.remote?.isOff === true });
  const uploads =
    stores.remote !== undefined && settings.remote?.mode.write === true
      ? new UploadQueue({
          store: stores.remote,
          concurrency: PARALLEL_UPLOADS,
          onSettled: (_key, outcome) => tally.settle(outcome),
        })
      : undefined;
  const states = new TaskStates(ownPath(workspace.root, 'states'));
  const remoteMode = settings.remote?.mode ?? NO_ACCESS;
  const isReading = !options.isForced && (stores.localMode.read || remoteMode.read);
  const onDamaged: LookUpOptions['onDamaged'] = (...damage) => explainer.damaged(...damage);
  const onProblem = (message: string): void => emit({ type: 'warning', message });
  const codec = selectCodec();
  const explainer = new Explainer({
    states,
    codec,
    stores: () =>
      Promise.resolve({
        ...(stores.localMode.read && { local: stores.local }),
        ...(remoteMode.read && { remote: stores.remote }),
      }),
    signal: options.signal,
  });
  const survey = new Survey({
    root: workspace.root,
    states,
    now: context.now,
    views: options.views,
    lookUp: (tasks) => lookUp(tasks, { stores, settings }, { onProblem, onDamaged, signal: options.signal }),
  });
  if (isReading) {
    await surveyTasks(survey, plan, graph.tasks.keys());
    options.onSurveyed?.(survey.inPlace);
    explainer.prepare(
      [...graph.tasks.keys()].flatMap((id) => plan.tasks.get(id) ?? []).filter((task) => survey.isMissing(task)),
    );
  }
  const env: RunEnvironment = {
    context,
    root: workspace.root,
    tempDir: options.tempDir,
    local: stores.local,
    localMode: stores.localMode,
    staging: stores.staging,
    remote: stores.remote,
    remoteMode,
    uploads,
    lockFolder: stores.localMode.read && stores.localMode.write ? join(settings.cacheDir, LOCK_FOLDER) : undefined,
    states,
    tracked: new TrackedFiles(workspace.root),
    codec,
    explainer,
    workFolders: new WorkFolders(options.tempDir),
    inPlace: survey.inPlace,
    tree: { isTouched: false },
    hits: survey.hits,
    emit,
    guard: new InputGuard({
      root: workspace.root,
      index: options.index,
      plan,
      suspects: new SuspectInputs(ownPath(workspace.root, 'tasks')),
    }),
    taskEnv: (task) => environmentOf(task, options),
    isForced: options.isForced,
    graceMs: options.modes.graceMs,
    compressionLevel: COMPRESSION_LEVEL,
    elapsedMs,
  };
  const keys = await LateKeys.start(env, { plan, graph, whole: options.graph, survey: isReading ? survey : undefined });
  const results = await execute(env, { graph, keys }, options);
  const abandoned = (await drain(uploads, options)) ?? 0;
  return summarizeRun(results, graph, { ...options, tally, abandoned });
}

async function execute(
  env: RunEnvironment,
  { graph, keys }: { readonly graph: TaskGraph<TaskPayload>; readonly keys: LateKeys },
  options: RunTasksOptions,
): Promise<TaskResult[]> {
  const { plan, emit, elapsedMs, signal } = options;
  const { failureMode } = options.modes;
  const results = new Map<TaskId, TaskResult>();
  const tainted = new Set<TaskId>();
  const persistent = new PersistentTasks(env);
  const finish = (id: TaskId, result: Omit<TaskResult, 'task' | 'key'>): void => {
    const task = plan.tasks.get(id) as PlannedTask;
    const complete = { task: task.label, key: task.command === undefined ? undefined : task.key, ...result };
    results.set(id, complete);
    emit({ type: 'task-finished', result: complete });
  };
  const outcomes = await runGraph<TaskPayload, TaskOutcome>(
    graph,
    async ({ id }, { signal: taskSignal }) => {
      const task = await keys.settle(id);
      const startedMs = elapsedMs();
      if (task.config.persistent && task.command !== undefined) {
        persistent.start(task, signal, (outcome) => {
          finish(id, { outcome, startedMs, endedMs: elapsedMs() });
          if (failureMode === 'stop') persistent.stop();
        });
        finish(id, { outcome: { status: 'started' }, startedMs, endedMs: elapsedMs() });
        return { status: 'started' };
      }
      const taintedBy = graph.dependenciesOf(id).find((dependency) => tainted.has(dependency));
      const outdated = options.isOnly
        ? await firstOutdated(env, id, { whole: options.graph, part: graph, plan })
        : undefined;
      const execution = await executeTask(env, task, { taintedBy, outdated, signal: taskSignal });
      if (execution.isTainted) tainted.add(id);
      else await keys.record(task, execution.outputs);
      finish(id, { outcome: execution.outcome, startedMs, endedMs: elapsedMs(), missReason: execution.missReason });
      return execution.outcome;
    },
    {
      concurrency: options.modes.concurrency,
      failureMode,
      isFailure: ({ status }) => status === 'failed' || status === 'cancelled',
      signal,
    },
  );
  for (const [id, outcome] of outcomes) {
    if (results.has(id)) continue;
    const now = elapsedMs();
    const because =
      outcome.status === 'skipped' ? (plan.tasks.get(outcome.because)?.label ?? outcome.because) : undefined;
    finish(id, {
      outcome: because === undefined ? { status: 'cancelled' } : { status: 'skipped', because },
      startedMs: now,
      endedMs: now,
    });
  }
  const hasFailed = [...results.values()].some(({ outcome }) => outcome.status === 'failed');
  if (hasFailed && failureMode === 'stop') persistent.stop();
  await persistent.wait();
  options.index.save();
  return [...graph.tasks.keys()].flatMap((id) => results.get(id) ?? []);
}

async function drain(
  uploads: UploadQueue | undefined,
  { settings, stores, emit, signal }: RunTasksOptions,
): Promise<number | undefined> {
  if (uploads === undefined || uploads.pending === 0) return undefined;
  const sayHowFar = (): void =>
    emit({ type: 'progress', text: `sending ${uploads.pending} results, ${formatSize(stores.moved.up)} so far` });
  sayHowFar();
  const timer = setInterval(sayHowFar, PROGRESS_INTERVAL_MS);
  const deadlineMs = settings.remote?.upload === 'wait' ? 2 ** 31 - 1 : UPLOAD_WAIT_MS;
  try {
    return await uploads.drain({ deadlineMs, signal });
  } finally {
    clearInterval(timer);
  }
}

function environmentOf(task: PlannedTask, { workspace, context, modes }: RunTasksOptions): Record<string, string> {
  const { root, config } = workspace;
  const own = taskEnvironment({
    env: context.env,
    declared: [...config.global.env, ...task.config.env],
    passed: [...config.global.passEnv, ...task.config.passEnv],
    mode: modes.envMode,
  });
  const env: Record<string, string> = { ...loadDotenv(root, task.dotenv.files).values, ...own };
  // Lets a task that calls velocity again be told from a run of its own: see refuseRecursion.
  env['VELOCITY_TASK'] = task.id;
  return commandPath({ env, root, directory: task.directory, platform: context.platform });
}
