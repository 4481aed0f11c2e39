import { mkdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { removeTree, swapOutputs, unpackArtifact, type Codec } from '@velocity/artifact';
import type { StoredArtifact } from '@velocity/client';
import { isVelocityError, VelocityError } from '@velocity/core';
import { compileGlobs, selectOutputs } from '@velocity/workspace';
import type { PlannedTask } from '../plan/planned-task.js';
import { knownOutputs, type KnownOutput } from '../tasks/task-state.js';

export interface RestoreOptions {
  readonly root: string;
  /** A folder of this restore's own, on the same device as the workspace; made here and removed in the end. */
  readonly workDir: string;
  readonly task: PlannedTask;
  readonly artifact: StoredArtifact;
  readonly codec: Codec;
  readonly signal: AbortSignal;
  /** Called with the log's file before it is removed. */
  readonly onLog: (file: string) => Promise<void>;
}

/**
 * Makes the task's outputs exactly those of the artifact: everything is unpacked and verified beside the tree first, then swapped in.
 * @throws VelocityError when the artifact is broken or unsafe; the tree is then as it was
 */
export async function restoreResult(options: RestoreOptions): Promise<readonly KnownOutput[]> {
  const { root, workDir, task, artifact, codec, signal } = options;
  const trashDir = join(workDir, 'old');
  const stagingDir = join(workDir, 'new');
  const logFile = join(workDir, 'log');
  mkdirSync(stagingDir, { recursive: true });
  mkdirSync(trashDir);
  try {
    const outputs = compileGlobs(task.config.outputs, { directory: task.directory });
    const staged = await unpackArtifact({
      description: artifact.description,
      openBlob: (index, options) => artifact.openBlob(index, options),
      stagingDir,
      logFile,
      accepts: (path) => outputs.matches(path),
      codec,
      signal,
    });
    if (staged.metadata.key !== task.key) {
      throw new VelocityError('ARTIFACT_CORRUPT', `it was made for the key ${staged.metadata.key}`);
    }
    const owned = selectOutputs({ root, directory: task.directory, globs: task.config.outputs });
    const { stats } = swapOutputs({ root, stagingDir, manifest: staged.manifest, trashDir, owned });
    await options.onLog(logFile);
    return knownOutputs(staged.manifest, stats);
  } catch (error) {
    if (isVelocityError(error, 'INTEGRITY')) keepOldTree(trashDir, join(root, '.velocity', 'recovered'));
    throw error;
  } finally {
    await removeTree(workDir);
  }
}

/** A swap that could be neither finished nor undone has left parts of the old tree in the trash: they are not ours to delete. */
function keepOldTree(trashDir: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  renameSync(trashDir, join(folder, basename(dirname(trashDir))));
}
