import { lstatSync, mkdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { removeTree, swapOutputs, unpackArtifact, type Codec, type Manifest } from '@velocity/artifact';
import type { StoredArtifact } from '@velocity/client';
import { isVelocityError, type RelativePath } from '@velocity/core';
import { compileGlobs, selectOutputs } from '@velocity/workspace';
import type { PlannedTask } from '../plan/planned-task.js';
import { isDiskFailure } from './disk-failure.js';
import type { TrackedFiles } from './owned-outputs.js';
import { entriesInPlace } from './entries-in-place.js';
import { knownOutputs, type KnownOutput, type TaskState } from '../tasks/task-state.js';
import { ownPath } from '../workspace/own-folder.js';
import type { WorkFolders } from './work-folders.js';

export interface RestoreOptions {
  readonly root: string;
  /** A folder on the same device as the workspace, and how what this restore makes in it begins; all of it is removed in the end. */
  readonly workPrefix: string;
  readonly workFolders: WorkFolders;
  readonly task: PlannedTask;
  readonly artifact: StoredArtifact;
  /** What is known of the task's last good result, of whatever key. */
  readonly state: TaskState | undefined;
  readonly codec: Codec;
  readonly tracked: TrackedFiles;
  readonly signal: AbortSignal;
  /** Called with the log's file before it is removed. */
  readonly onLog: (file: string) => Promise<void>;
}

/**
 * Makes the task's outputs exactly those of the artifact: what is not right already is unpacked and verified beside the tree first, then
 * swapped in.
 * @throws VelocityError when the artifact is broken or unsafe; the tree is then as it was
 */
export async function restoreResult(options: RestoreOptions): Promise<readonly KnownOutput[]> {
  const { root, workPrefix, task, artifact, codec, signal } = options;
  const trashDir = `${workPrefix}.old`;
  const logFile = `${workPrefix}.log`;
  const stagingDir = options.workFolders.take();
  try {
    const outputs = compileGlobs(task.config.outputs, { directory: task.directory });
    const listOutputs = (): readonly RelativePath[] =>
      selectOutputs({ root, directory: task.directory, globs: task.config.outputs });
    // Where there is nothing, nothing is right already.
    const isInPlace = listOutputs().length === 0 ? undefined : entriesInPlace(root, options.state);
    const staged = await unpackArtifact({
      description: artifact.description,
      openBlob: (index, options) => artifact.openBlob(index, options),
      stagingDir,
      base: task.directory,
      logFile,
      accepts: (path) => outputs.matches(path),
      isInPlace,
      key: task.key,
      codec,
      signal,
    });
    const owned = await withoutTracked(listOutputs(), staged.manifest, options.tracked);
    const { manifest, staged: stagedPaths, base } = staged;
    const { stats } = swapOutputs({ root, stagingDir, manifest, staged: stagedPaths, base, trashDir, owned });
    await options.onLog(logFile);
    return knownOutputs(manifest, stats);
  } catch (error) {
    if (isVelocityError(error, 'INTEGRITY')) keepOldTree(trashDir, ownPath(root, 'recovered'));
    throw error;
  } finally {
    for (const path of [logFile, trashDir]) await discard(path);
    await giveBack(stagingDir, options.workFolders);
  }
}

/** After a swap it is empty, but where folders were filled up entry by entry. */
async function giveBack(stagingDir: string, workFolders: WorkFolders): Promise<void> {
  try {
    if (!workFolders.giveBack(stagingDir)) await removeTree(stagingDir);
  } catch (error) {
    if (!isDiskFailure(error)) throw error;
  }
}

/** What cannot be removed goes with the run's folder, or with what the next run clears away; the outputs are right all the same. */
async function discard(path: string): Promise<void> {
  try {
    if (isRemovedAtOnce(path)) return;
    await removeTree(path);
  } catch (error) {
    if (!isDiskFailure(error)) throw error;
  }
}

/** Nothing, a file, or an empty folder: starting a deletion of its own takes ten times as long. */
function isRemovedAtOnce(path: string): boolean {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) rmdirSync(path);
    else if (stats !== undefined) unlinkSync(path);
    return true;
  } catch {
    // Not empty, or not to be removed so easily.
    return false;
  }
}

/** What is there beside the artifact's own entries is a stray, and goes, but never a file that git tracks. */
async function withoutTracked(
  present: readonly RelativePath[],
  manifest: Manifest,
  tracked: TrackedFiles,
): Promise<readonly RelativePath[]> {
  const wanted = new Set(manifest.entries.map(({ path }) => path));
  if (present.every((path) => wanted.has(path))) return present;
  const kept: RelativePath[] = [];
  for (const path of present) if (wanted.has(path) || !(await tracked.has(path))) kept.push(path);
  return kept;
}

/** A swap that could be neither finished nor undone has left parts of the old tree in the trash: they are not ours to delete. */
function keepOldTree(trashDir: string, folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    renameSync(trashDir, join(folder, basename(trashDir)));
  } catch (error) {
    // The disk lets nothing be kept; why the swap failed is what has to be told.
    if (!isDiskFailure(error)) throw error;
  }
}
