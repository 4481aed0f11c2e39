import { manifestDigest, outputSizeOf, packArtifact, scanOutputs, type Codec } from '@velocity/artifact';
import type { LocalStore, SaveVerdict, StoredArtifact } from '@velocity/client';
import { selectOutputs } from '@velocity/workspace';
import { knownOutputs, type KnownOutput } from '../tasks/task-state.js';
import type { PlannedTask } from '../plan/planned-task.js';
import type { TaskLog } from './task-log.js';

export interface SavedResult {
  readonly verdict: SaveVerdict;
  readonly artifact: StoredArtifact;
  readonly outputs: readonly KnownOutput[];
}

export interface SaveOptions {
  readonly root: string;
  readonly task: PlannedTask;
  readonly log: TaskLog;
  readonly durationMs: number;
  readonly store: LocalStore;
  readonly codec: Codec;
  readonly level: number;
  readonly signal: AbortSignal;
}

/**
 * Packs what a task left in its outputs, and what it printed, into the store.
 * @throws VelocityError `ARTIFACT_UNSAFE` for what could not be restored, `INTEGRITY` for outputs that still change
 */
export async function saveResult(options: SaveOptions): Promise<SavedResult> {
  const { root, task, store, codec, level, signal } = options;
  const durationMs = Math.round(options.durationMs);
  const paths = selectOutputs({ root, directory: task.directory, globs: task.config.outputs });
  const { manifest, stats } = await scanOutputs({ root, paths, signal });
  const log = options.log.close();
  const info = { key: task.key, fingerprint: task.fingerprint, task: task.id, durationMs };
  const summary = {
    manifestDigest: manifestDigest(manifest),
    entryCount: manifest.entries.length,
    outputSize: outputSizeOf(manifest),
    durationMs,
    task: task.id,
  };
  const blobs = packArtifact({ root, manifest, info, log, codec, level, signal });
  const { verdict, artifact } = await store.write(task.key, summary, blobs, { signal });
  return { verdict, artifact, outputs: knownOutputs(manifest, stats) };
}
