import { join } from 'node:path';
import { readFileSync, statSync } from 'node:fs';
import type { ArtifactHit } from '@velocity/client';
import { digestOf, errorMessage, isVelocityError, type Digest } from '@velocity/core';
import type { PlannedTask } from '../plan/planned-task.js';
import type { TaskState } from '../tasks/task-state.js';
import { isDiskFailure } from './disk-failure.js';
import type { TaskOutcome } from './events.js';
import { look } from './find-in-place.js';
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
): Promise<ReusedResult | undefined> {
  const known = env.inPlace.get(task.id);
  const state = known ?? env.states.load(task.id);
  if (state?.key !== task.key) return undefined;
  const hit = env.hits.get(task.key);
  try {
    if (
      (known === undefined || env.tree.isTouched) &&
      (await look(env.root, task, { state, nowMs: env.context.now() })) === undefined
    )
      return undefined;
    if (state.log !== undefined) await replayLog(task.label, Buffer.from(state.log, 'base64'), env.emit);
    else if (hit === undefined) return undefined;
    else await replayStoredLog(task.label, hit, { key: task.key, codec: env.codec, emit: env.emit, signal });
  } catch (error) {
    if (signal.aborted || !isDiskFailure(error)) throw error;
    // Outputs that cannot be looked at, or a log that is broken in the store: bringing the result back will tell.
    return undefined;
  }
  if (hit?.tier === 'local') await markAsUsed(env, task, hit);
  return { outcome: { status: 'fresh', savedMs: state.durationMs }, outputs: state.manifestDigest };
}

export interface ReusedResult {
  readonly outcome: TaskOutcome;
  /** The manifest digest of what is in place now. */
  readonly outputs: Digest;
}

export type RestoreAttempt =
  | { readonly ok: true; readonly result: ReusedResult }
  | { readonly ok: false; readonly reason: string };

/** What the stores have for a task; those that were in place and no longer are were not asked about before. */
export function findHit(env: RunEnvironment, task: PlannedTask, signal: AbortSignal): Promise<ArtifactHit | undefined> {
  const hit = env.hits.get(task.key);
  if (hit !== undefined || !env.inPlace.has(task.id)) return Promise.resolve(hit);
  return findLocal(env, task, signal);
}

/** What the local store has by now. */
export async function findLocal(
  env: RunEnvironment,
  task: PlannedTask,
  signal: AbortSignal,
): Promise<ArtifactHit | undefined> {
  if (!env.localMode.read) return undefined;
  let hit: ArtifactHit | undefined;
  await unlessStoreFails(async () => {
    const onDamaged = env.explainer.damaged.bind(env.explainer, 'local');
    hit = (await env.local.lookup([task.key], { signal, onDamaged })).get(task.key);
  });
  return hit;
}

/** Brings back what a store has. What is broken is a miss with a reason, and goes from the stores so that a good result can take its place. */
export async function restoreHit(
  env: RunEnvironment,
  task: PlannedTask,
  hit: ArtifactHit,
  signal: AbortSignal,
): Promise<RestoreAttempt> {
  const startedMs = env.elapsedMs();
  env.tree.isTouched = true;
  try {
    const artifact = await localCopy(env, task, hit, signal);
    let log: string | undefined;
    const restoring = restoreResult({
      root: env.root,
      workFolders: env.workFolders,
      workPrefix: join(env.tempDir, digestOf(task.id).slice(0, 16)),
      task,
      artifact,
      state: env.states.load(task.id),
      codec: env.codec,
      tracked: env.tracked,
      signal,
      onLog: async (file) => {
        log = shortLog(file);
        if (log === undefined) await replayLogFile(task.label, file, env.emit);
        else await replayLog(task.label, Buffer.from(log, 'base64'), env.emit);
      },
    });
    const marking = hit.tier === 'local' ? markAsUsed(env, task, hit) : undefined;
    const [outputs] = await Promise.all([restoring, marking]);
    rememberOutputs(env, task, {
      outputs,
      manifestDigest: hit.description.manifestDigest,
      durationMs: hit.description.durationMs,
      log,
    });
    const { durationMs, blobs, manifestDigest } = hit.description;
    const savedMs = Math.max(0, durationMs - (env.elapsedMs() - startedMs));
    const bytes = blobs.reduce((sum, blob) => sum + blob.size, 0);
    const outcome = { status: 'restored', tier: hit.tier, bytes, savedMs } as const;
    return { ok: true, result: { outcome, outputs: manifestDigest } };
  } catch (error) {
    if (signal.aborted || !isDiskFailure(error)) throw error;
    if (isBroken(error)) {
      if (env.localMode.write) await unlessStoreFails(() => env.local.discard(task.key));
      // Before the task runs: the upload that follows must find the place free.
      await hit.reportForeign?.({ signal });
    }
    const what = isVelocityError(error, 'ARTIFACT_CORRUPT')
      ? `corrupt ${hit.tier} entry`
      : `${hit.tier} entry not usable`;
    return { ok: false, reason: `${what}: ${errorMessage(error)}` };
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

/** Eviction takes others first. Not being able to say so is no reason to build again. */
async function markAsUsed(env: RunEnvironment, task: PlannedTask, hit: ArtifactHit): Promise<void> {
  if (env.localMode.write) await unlessStoreFails(() => env.local.touch(task.key, hit));
}

/** A full disk under the workspace says nothing about the entry. */
function isBroken(error: unknown): boolean {
  return isVelocityError(error) && error.code.startsWith('ARTIFACT_');
}

async function unlessStoreFails(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (!isVelocityError(error)) throw error;
    // The store is full, read-only or gone: the next look-up says so.
  }
}

/** A log short enough to be kept with the state, in base64. */
export function shortLog(file: string): string | undefined {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return '';
  return size <= SHORT_LOG_BYTES ? readFileSync(file).toString('base64') : undefined;
}

/** A remote artifact goes through the staging store: verified on the way, and there for the next checkout where that is the local one. */
async function localCopy(
  env: RunEnvironment,
  task: PlannedTask,
  hit: ArtifactHit,
  signal: AbortSignal,
): Promise<ArtifactHit> {
  if (hit.tier === 'local') return hit;
  try {
    await env.staging.save(task.key, hit, { signal });
  } catch (error) {
    // A full or broken disk under the local store is no reason to build again.
    if (!isVelocityError(error, 'STORAGE_FULL') && !isVelocityError(error, 'STORAGE_UNAVAILABLE')) throw error;
    return hit;
  }
  return (await env.staging.lookup([task.key], { signal })).get(task.key) ?? hit;
}
