import { join } from 'node:path';
import { digestOf, errorMessage, isVelocityError, type Digest } from '@velocity/core';
import type { TaskId } from '@velocity/graph';
import type { PlannedTask } from '../plan/planned-task.js';
import { describeEnd } from './describe-end.js';
import { isDiskFailure } from './disk-failure.js';
import type { StoreVerdict, TaskOutcome } from './events.js';
import type { WatchedInputs } from './input-guard.js';
import { endLeftCommand, noteCommand } from './left-command.js';
import { removeOutputs } from './owned-outputs.js';
import { commandText, processCommand } from './process-command.js';
import { LOCK_FOLDER, takeLock, type Lock } from './take-lock.js';
import { findHit, findLocal, rememberOutputs, restoreHit, reuseInPlace, type RestoreAttempt } from './reuse-result.js';
import type { RunEnvironment } from './run-environment.js';
import { saveResult } from './save-result.js';
import { TaskLog } from './task-log.js';
import { runProcess, type ProcessEnd } from './task-process.js';
import { ownPath } from '../workspace/own-folder.js';

const SHORT_LOG_BYTES = 64 * 1024;

export interface TaskExecution {
  readonly outcome: TaskOutcome;
  readonly missReason?: string;
  /** The manifest digest of what it put out, where bringing it about has told. */
  readonly outputs?: Digest | undefined;
  /** What depends on it must not be stored: it was made from something that no key describes. */
  readonly isTainted: boolean;
}

export interface ExecutionOptions {
  /** A dependency whose result no key describes: neither does one describe what is made from it. */
  readonly taintedBy: TaskId | undefined;
  /** A dependency that was left out and is not in place: what is stored may be taken, but what is made now is not stored. */
  readonly outdated: TaskId | undefined;
  readonly signal: AbortSignal;
}

/** Brings about a task's result: by leaving it in place, restoring it, or running its command. */
export async function executeTask(
  env: RunEnvironment,
  task: PlannedTask,
  options: ExecutionOptions,
): Promise<TaskExecution> {
  const { taintedBy, signal } = options;
  if (task.command === undefined) {
    return { outcome: { status: 'passed-through' }, isTainted: (taintedBy ?? task.obstacle) !== undefined };
  }
  const obstacle = firstReason(env, task, taintedBy);
  if (obstacle !== undefined) return runMissed(env, task, { ...options, reason: obstacle });
  const fresh = await reuseInPlace(env, task, signal);
  if (fresh !== undefined) return { ...fresh, isTainted: false };
  using outputs = await lockOutputs(env, task, signal);
  if (signal.aborted) return { outcome: { status: 'cancelled' }, isTainted: true };
  await endLeftCommand(commandNote(env, task));
  const first = outputs.hasWaited ? await reuseNow(env, task, signal) : await reuseHit(env, task, signal);
  if (first.ok) return { ...first.result, isTainted: false };
  using lock = await lockTask(env, task, signal);
  if (signal.aborted) return { outcome: { status: 'cancelled' }, isTainted: true };
  // Another run may have made it since this one looked, and be done by now.
  const second = lock.hasWaited || first.reason === undefined ? await reuseNow(env, task, signal) : first;
  if (second.ok) return { ...second.result, isTainted: false };
  const reason = second.reason ?? (await env.explainer.reasonOf(task));
  // Awaited here: the lock is held until it is stored.
  return await runMissed(env, task, { ...options, reason });
}

/** Else a reason, where there is one to be told. */
type ReuseAttempt = RestoreAttempt | { readonly ok: false; readonly reason?: never };

/** What the stores had when they were asked. */
async function reuseHit(env: RunEnvironment, task: PlannedTask, signal: AbortSignal): Promise<ReuseAttempt> {
  const hit = await findHit(env, task, signal);
  return hit === undefined ? { ok: false } : restoreHit(env, task, hit, signal);
}

/** What is in place, or in the local store, by now. */
async function reuseNow(env: RunEnvironment, task: PlannedTask, signal: AbortSignal): Promise<ReuseAttempt> {
  const fresh = await reuseInPlace(env, task, signal);
  if (fresh !== undefined) return { ok: true, result: fresh };
  const hit = (await findLocal(env, task, signal)) ?? (await findHit(env, task, signal));
  return hit === undefined ? { ok: false } : restoreHit(env, task, hit, signal);
}

/** Two runs of one checkout at once take turns at a task's outputs: neither may move what the other is putting in place. */
function lockOutputs(env: RunEnvironment, task: PlannedTask, signal: AbortSignal): Promise<Lock> {
  return lock(env, task, { name: digestOf(task.id), folder: ownPath(env.root, LOCK_FOLDER), signal });
}

/** Two runs at once share one execution: the second waits, and takes what the first has stored. */
function lockTask(env: RunEnvironment, task: PlannedTask, signal: AbortSignal): Promise<Lock> {
  if (env.lockFolder === undefined) return Promise.resolve({ hasWaited: false, [Symbol.dispose]: () => undefined });
  return lock(env, task, { name: task.key, folder: env.lockFolder, signal });
}

function lock(
  env: RunEnvironment,
  task: PlannedTask,
  { name, ...options }: { readonly name: string; readonly folder: string; readonly signal: AbortSignal },
): Promise<Lock> {
  const onWait = (holder: number): void =>
    env.emit({ type: 'progress', text: `${task.label} waits for process ${holder}, which makes the same` });
  return takeLock(name, { ...options, processId: env.context.processId, onWait });
}

function commandNote(env: RunEnvironment, task: PlannedTask): string {
  return ownPath(env.root, 'commands', digestOf(task.id));
}

async function runMissed(
  env: RunEnvironment,
  task: PlannedTask,
  { reason, ...options }: ExecutionOptions & { readonly reason: string },
): Promise<TaskExecution> {
  env.emit({ type: 'task-missed', task: task.label, key: task.key, reason, command: commandText(task) });
  return { ...(await runAndSave(env, task, options)), missReason: reason };
}

/** Why the stores are not even asked. */
function firstReason(env: RunEnvironment, task: PlannedTask, taintedBy: TaskId | undefined): string | undefined {
  if (!task.config.cache) return 'cache: false';
  if (task.obstacle !== undefined) return task.obstacle;
  if (taintedBy !== undefined) return `${taintedBy} is not stored`;
  const [unknown] = task.waitsFor;
  if (unknown !== undefined) return `what ${unknown} put out is not known`;
  if (env.isForced) return 'forced';
  return env.localMode.read || env.remoteMode.read ? undefined : 'reading is switched off';
}

async function runAndSave(env: RunEnvironment, task: PlannedTask, options: ExecutionOptions): Promise<TaskExecution> {
  const { taintedBy, outdated, signal } = options;
  const name = digestOf(task.id).slice(0, 16);
  env.tree.isTouched = true;
  env.states.forget(task.id);
  await endLeftCommand(commandNote(env, task));
  const { leftover, deleted } = await cleanOutputs(env, task, join(env.tempDir, `${name}-old`));
  using log = new TaskLog(join(env.tempDir, `${name}.log`));
  const inputs = await env.guard.start(task);
  const startedMs = env.elapsedMs();
  const end = await runCommand(env, task, { log, signal });
  const durationMs = env.elapsedMs() - startedMs;
  await deleted;
  const failure = describeEnd(end);
  // Whatever its exit code: a task that was told to end may have done half of its work.
  if (signal.aborted) return { outcome: { status: 'cancelled' }, isTainted: true };
  if (failure !== undefined) return { outcome: failure, isTainted: true };
  const obstacle =
    leftover ??
    task.obstacle ??
    (taintedBy !== undefined ? `${taintedBy} is not stored` : undefined) ??
    (outdated !== undefined ? `${outdated} was left out and is not up to date` : undefined) ??
    (task.waitsFor[0] !== undefined ? `what ${task.waitsFor[0]} put out is not known` : undefined);
  const stored = await store(env, task, { inputs, log, durationMs, obstacle, signal });
  const isTainted = obstacle !== undefined || (stored.status === 'not-stored' && stored.isUnsettled);
  return {
    outcome: {
      status: 'ran',
      stored: verdictOf(stored),
    },
    outputs: stored.status === 'stored' ? stored.outputs : undefined,
    isTainted,
  };
}

type Stored =
  | { readonly status: 'stored'; readonly outputs: Digest }
  | { readonly status: 'not-cached' }
  /** Unsettled: inputs or outputs changed meanwhile, so that what the task left is described by no key. */
  | { readonly status: 'not-stored'; readonly reason: string; readonly isUnsettled: boolean };

function verdictOf(stored: Stored): StoreVerdict {
  return stored.status === 'not-stored' ? { status: 'not-stored', reason: stored.reason } : { status: stored.status };
}

interface CleanedOutputs {
  /** Why something old may still be among the outputs, which are not stored then. */
  readonly leftover?: string;
  readonly deleted?: Promise<void>;
}

async function cleanOutputs(env: RunEnvironment, task: PlannedTask, trashDir: string): Promise<CleanedOutputs> {
  const { root, tracked } = env;
  const { directory, config } = task;
  if (config.clean !== 'auto') return {};
  try {
    const { deleted } = await removeOutputs({ root, directory, globs: config.outputs, tracked, trashDir });
    return { deleted };
  } catch (error) {
    if (!isDiskFailure(error)) throw error;
    return { leftover: `old outputs cannot be removed: ${errorMessage(error)}` };
  }
}

async function store(
  env: RunEnvironment,
  task: PlannedTask,
  result: {
    readonly inputs: WatchedInputs;
    readonly log: TaskLog;
    readonly durationMs: number;
    readonly obstacle: string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<Stored> {
  const { inputs, obstacle, durationMs, signal } = result;
  const change = await inputs.change();
  if (change !== undefined) return { status: 'not-stored', reason: change, isUnsettled: true };
  if (!task.config.cache || !(env.localMode.write || env.remoteMode.write)) return { status: 'not-cached' };
  if (obstacle !== undefined) return { status: 'not-stored', reason: obstacle, isUnsettled: false };
  try {
    if (env.isForced && env.localMode.write) await env.local.discard(task.key);
    const { root, staging, codec, compressionLevel: level } = env;
    const saved = await saveResult({ root, task, log: result.log, durationMs, store: staging, codec, level, signal });
    if (env.remoteMode.write) env.uploads?.add(task.key, saved.artifact);
    const log = result.log.readShort(SHORT_LOG_BYTES)?.toString('base64');
    const { manifestDigest } = saved.artifact.description;
    rememberOutputs(env, task, { outputs: saved.outputs, manifestDigest, durationMs, log });
    return { status: 'stored', outputs: manifestDigest };
  } catch (error) {
    if (signal.aborted || !isDiskFailure(error)) throw error;
    return { status: 'not-stored', reason: errorMessage(error), isUnsettled: isVelocityError(error, 'INTEGRITY') };
  }
}

async function runCommand(
  env: RunEnvironment,
  task: PlannedTask,
  { log, signal }: { readonly log: TaskLog; readonly signal: AbortSignal },
): Promise<ProcessEnd> {
  let note: Disposable | undefined;
  try {
    return await runProcess({
      command: processCommand(task),
      cwd: join(env.root, task.directory),
      env: env.taskEnv(task),
      onStart: (groupId) => (note = noteCommand(commandNote(env, task), { groupId, agentId: env.context.processId })),
      onOutput: (stream, chunk) => {
        log.append(stream, chunk);
        env.emit({ type: 'task-output', task: task.label, stream, chunk, isReplay: false });
      },
      timeoutMs: task.config.timeoutMs,
      graceMs: env.graceMs,
      signal,
    });
  } finally {
    note?.[Symbol.dispose]();
  }
}
