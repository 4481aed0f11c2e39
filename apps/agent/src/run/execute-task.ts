import { constants } from 'node:os';
import { join } from 'node:path';
import { digestOf, errorMessage, isVelocityError, unreachable } from '@velocity/core';
import type { TaskId } from '@velocity/graph';
import type { PlannedTask } from '../plan/planned-task.js';
import type { StoreVerdict, TaskOutcome } from './events.js';
import { changedInput } from './input-guard.js';
import { missReason } from './miss-reason.js';
import { removeOutputs } from './owned-outputs.js';
import { commandText, processCommand } from './process-command.js';
import { rememberOutputs, restoreHit, reuseInPlace } from './reuse-result.js';
import type { RunEnvironment } from './run-environment.js';
import { saveResult } from './save-result.js';
import { TaskLog } from './task-log.js';
import { runProcess, type ProcessEnd } from './task-process.js';

const SHORT_LOG_BYTES = 64 * 1024;

export interface TaskExecution {
  readonly outcome: TaskOutcome;
  readonly missReason?: string;
  /** What depends on it must not be stored: it was made from something that no key describes. */
  readonly isTainted: boolean;
}

/** Brings about a task's result: by leaving it in place, restoring it, or running its command. */
export async function executeTask(
  env: RunEnvironment,
  task: PlannedTask,
  options: { readonly taintedBy: TaskId | undefined; readonly signal: AbortSignal },
): Promise<TaskExecution> {
  const { taintedBy, signal } = options;
  if (task.command === undefined) return { outcome: { status: 'passed-through' }, isTainted: taintedBy !== undefined };
  let reason = firstReason(env, task, taintedBy);
  if (reason === undefined) {
    const fresh = await reuseInPlace(env, task, signal);
    if (fresh !== undefined) return { outcome: fresh, isTainted: false };
    const hit = env.hits.get(task.key);
    if (hit !== undefined) {
      const attempt = await restoreHit(env, task, hit, signal);
      if (attempt.ok) return { outcome: attempt.outcome, isTainted: false };
      ({ reason } = attempt);
    }
  }
  reason ??= missReason(env.states.load(task.id), task);
  env.emit({ type: 'task-missed', task: task.label, key: task.key, reason, command: commandText(task) });
  const execution = await runAndSave(env, task, { taintedBy, signal });
  return { ...execution, missReason: reason };
}

/** Why the stores are not even asked. */
function firstReason(env: RunEnvironment, task: PlannedTask, taintedBy: TaskId | undefined): string | undefined {
  if (!task.config.cache) return 'cache: false';
  if (taintedBy !== undefined) return `${taintedBy} is not stored`;
  if (env.isForced) return 'forced';
  return env.localMode.read || env.remoteMode.read ? undefined : 'reading is switched off';
}

async function runAndSave(
  env: RunEnvironment,
  task: PlannedTask,
  { taintedBy, signal }: { readonly taintedBy: TaskId | undefined; readonly signal: AbortSignal },
): Promise<TaskExecution> {
  const name = digestOf(task.id).slice(0, 16);
  const { root, tracked } = env;
  env.states.forget(task.id);
  if (task.config.clean === 'auto') {
    const { directory, config } = task;
    await removeOutputs({
      root,
      directory,
      globs: config.outputs,
      tracked,
      trashDir: join(env.tempDir, `${name}-old`),
    });
  }
  using log = new TaskLog(join(env.tempDir, `${name}.log`));
  const startedMs = env.elapsedMs();
  const end = await runCommand(env, task, { log, signal });
  const durationMs = env.elapsedMs() - startedMs;
  const failure = describeEnd(end);
  if (failure !== undefined) return { outcome: signal.aborted ? { status: 'cancelled' } : failure, isTainted: false };
  const stored = await store(env, task, { log, durationMs, taintedBy, signal });
  const isTainted = taintedBy !== undefined || (stored.status === 'not-stored' && stored.isInputChange);
  return {
    outcome: {
      status: 'ran',
      stored: stored.status === 'not-stored' ? { status: 'not-stored', reason: stored.reason } : stored,
    },
    isTainted,
  };
}

type Stored =
  | Exclude<StoreVerdict, { status: 'not-stored' }>
  | { readonly status: 'not-stored'; readonly reason: string; readonly isInputChange: boolean };

async function store(
  env: RunEnvironment,
  task: PlannedTask,
  result: {
    readonly log: TaskLog;
    readonly durationMs: number;
    readonly taintedBy: TaskId | undefined;
    readonly signal: AbortSignal;
  },
): Promise<Stored> {
  const { taintedBy, durationMs, signal } = result;
  const change = await changedInput(task, env.index, env.selectInputs);
  if (change !== undefined) return { status: 'not-stored', reason: change, isInputChange: true };
  if (!task.config.cache || !(env.localMode.write || env.remoteMode.write)) return { status: 'not-cached' };
  if (taintedBy !== undefined)
    return { status: 'not-stored', reason: `${taintedBy} is not stored`, isInputChange: false };
  try {
    if (env.isForced) await env.local.discard(task.key);
    const { root, local, codec, compressionLevel: level } = env;
    const saved = await saveResult({ root, task, log: result.log, durationMs, store: local, codec, level, signal });
    if (env.remoteMode.write) env.uploads?.add(task.key, saved.artifact);
    const log = result.log.readShort(SHORT_LOG_BYTES)?.toString('base64');
    const { manifestDigest } = saved.artifact.description;
    rememberOutputs(env, task, { outputs: saved.outputs, manifestDigest, durationMs, log });
    return { status: 'stored' };
  } catch (error) {
    if (signal.aborted || !isVelocityError(error)) throw error;
    return { status: 'not-stored', reason: errorMessage(error), isInputChange: false };
  }
}

function runCommand(
  env: RunEnvironment,
  task: PlannedTask,
  { log, signal }: { readonly log: TaskLog; readonly signal: AbortSignal },
): Promise<ProcessEnd> {
  return runProcess({
    command: processCommand(task),
    cwd: join(env.root, task.directory),
    env: env.taskEnv(task),
    onOutput: (stream, chunk) => {
      log.append(stream, chunk);
      env.emit({ type: 'task-output', task: task.label, stream, chunk, isReplay: false });
    },
    timeoutMs: task.config.timeoutMs,
    graceMs: env.graceMs,
    signal,
  });
}

function describeEnd(end: ProcessEnd): TaskOutcome | undefined {
  switch (end.kind) {
    case 'exited':
      return end.code === 0 ? undefined : { status: 'failed', exitCode: end.code, reason: `exit code ${end.code}` };
    case 'killed':
      return { status: 'failed', exitCode: 128 + (signalNumber(end.signal) ?? 0), reason: `killed by ${end.signal}` };
    case 'timed-out':
      return { status: 'failed', exitCode: 124, reason: 'timed out' };
    case 'not-started':
      return { status: 'failed', exitCode: 127, reason: end.message };
    default:
      return unreachable(end);
  }
}

function signalNumber(signal: string): number | undefined {
  return (constants.signals as Readonly<Record<string, number>>)[signal];
}
