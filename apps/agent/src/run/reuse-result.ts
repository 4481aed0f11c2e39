import { join } from 'node:path';
import { readFileSync, statSync } from 'node:fs';
import type { ArtifactHit } from '@velocity/client';
import { digestOf, errorMessage, isVelocityError } from '@velocity/core';
import { selectOutputs } from '@velocity/workspace';
import type { PlannedTask } from '../plan/planned-task.js';
import { areOutputsInPlace, type TaskState } from '../tasks/task-state.js';
import type { TaskOutcome } from './events.js';
import { replayLog, replayLogFile, replayStoredLog } from './replay-log.js';
import { restoreResult } from './restore-result.js';
import type { RunEnvironment } from './run-environment.js';

/** Logs up to this length are kept with the state, so that a fresh task needs no store to say them again. */
const SHORT_LOG_BYTES = 64 * 1024;

/** What is in place is used as it is. Undefined: it is not what the key asks for. */
export async function reuseInPlace(
  env: RunEnvironment,
  task: PlannedTask,
  signal: AbortSignal,
): Promise<TaskOutcome | undefined> {
  const state = env.states.load(task.id);
  if (state?.key !== task.key) return undefined;
  const present = selectOutputs({ root: env.root, directory: task.directory, globs: task.config.outputs });
  if (!(await areOutputsInPlace(env.root, state, present))) return undefined;
  const hit = env.hits.get(task.key);
  if (state.log !== undefined) await replayLog(task.label, Buffer.from(state.log, 'base64'), env.emit);
  else if (hit === undefined) return undefined;
  else await replayStoredLog(task.label, hit, { codec: env.codec, emit: env.emit, signal });
  if (hit?.tier === 'local') await env.local.touch(task.key, hit);
  return { status: 'fresh', savedMs: state.durationMs };
}

export type RestoreAttempt =
  | { readonly ok: true; readonly outcome: TaskOutcome }
  | { readonly ok: false; readonly reason: string };

/** Brings back what a store has. What is broken is a miss with a reason, and goes from the local store so that a good result can take its place. */
export async function restoreHit(
  env: RunEnvironment,
  task: PlannedTask,
  hit: ArtifactHit,
  signal: AbortSignal,
): Promise<RestoreAttempt> {
  const startedMs = env.elapsedMs();
  try {
    const artifact = await localCopy(env, task, hit, signal);
    let log: string | undefined;
    const outputs = await restoreResult({
      root: env.root,
      workDir: join(env.tempDir, digestOf(task.id).slice(0, 16)),
      task,
      artifact,
      codec: env.codec,
      signal,
      onLog: async (file) => {
        log = shortLog(file);
        await replayLogFile(task.label, file, env.emit);
      },
    });
    rememberOutputs(env, task, {
      outputs,
      manifestDigest: hit.description.manifestDigest,
      durationMs: hit.description.durationMs,
      log,
    });
    if (hit.tier === 'local') await env.local.touch(task.key, hit);
    const { durationMs, blobs } = hit.description;
    const savedMs = Math.max(0, durationMs - (env.elapsedMs() - startedMs));
    const bytes = blobs.reduce((sum, blob) => sum + blob.size, 0);
    return { ok: true, outcome: { status: 'restored', tier: hit.tier, bytes, savedMs } };
  } catch (error) {
    if (signal.aborted || !isVelocityError(error)) throw error;
    await env.local.discard(task.key);
    return { ok: false, reason: `${hit.tier} entry not usable: ${errorMessage(error)}` };
  }
}

/** Remembers the outputs as they now stand, for the next run's look at them. */
export function rememberOutputs(
  env: RunEnvironment,
  task: PlannedTask,
  result: Pick<TaskState, 'outputs' | 'manifestDigest' | 'durationMs' | 'log'>,
): void {
  env.states.save({
    version: 1,
    task: task.id,
    key: task.key,
    fingerprint: task.fingerprint,
    manifestDigest: result.manifestDigest,
    outputs: result.outputs,
    seenAtMs: env.context.now(),
    durationMs: result.durationMs,
    log: result.log,
  });
}

/** A log short enough to be kept with the state, in base64. */
export function shortLog(file: string): string | undefined {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return '';
  return size <= SHORT_LOG_BYTES ? readFileSync(file).toString('base64') : undefined;
}

/** A remote artifact goes through the local store: verified on the way, and there for the next checkout. */
async function localCopy(
  env: RunEnvironment,
  task: PlannedTask,
  hit: ArtifactHit,
  signal: AbortSignal,
): Promise<ArtifactHit> {
  if (hit.tier === 'local') return hit;
  try {
    await env.local.save(task.key, hit, { signal });
  } catch (error) {
    // A full or broken disk under the local store is no reason to build again.
    if (!isVelocityError(error, 'STORAGE_FULL') && !isVelocityError(error, 'STORAGE_UNAVAILABLE')) throw error;
    return hit;
  }
  return (await env.local.lookup([task.key], { signal })).get(task.key) ?? hit;
}
