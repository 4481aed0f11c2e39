import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import {
  manifestDigest,
  outputSizeOf,
  packArtifact,
  scanOutputs,
  type Codec,
  type OutputStats,
  type PackedBlob,
} from '@velocity/artifact';
import type { LocalStore, SaveVerdict, StoredArtifact } from '@velocity/client';
import { printablePath, VelocityError } from '@velocity/core';
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
  const listOutputs = (): readonly string[] =>
    selectOutputs({ root, directory: task.directory, globs: task.config.outputs });
  const paths = listOutputs();
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
  const packed = packArtifact({ root, manifest, info, log, codec, level, signal });
  const { verdict, artifact } = await store.write(
    task.key,
    summary,
    thenCheck(packed, () => {
      checkSame(paths, listOutputs());
      checkUntouched(root, stats);
    }),
    { signal },
  );
  return { verdict, artifact, outputs: knownOutputs(manifest, stats) };
}

/** The blobs, and after the last one a check: a store that is told of a failure there writes no record. */
async function* thenCheck(blobs: AsyncIterable<PackedBlob>, check: () => void): AsyncGenerator<PackedBlob> {
  yield* blobs;
  check();
}

/** Who writes the same again shows only in its time stamps, and what it writes next is not stored. */
function checkUntouched(root: string, stats: OutputStats): void {
  for (const { path, size, mtimeMs, ctimeMs, ino } of stats) {
    const now = lstatSync(join(root, path), { throwIfNoEntry: false });
    const isSame = now?.mtimeMs === mtimeMs && now.ctimeMs === ctimeMs && now.ino === ino && now.size === size;
    if (!isSame) throw stillWritten(`output ${printablePath(path)} was written`);
  }
}

/** What is packed was hashed twice; here files that came or went meanwhile are noticed. */
function checkSame(before: readonly string[], after: readonly string[]): void {
  const known = new Set(before);
  const appeared = after.find((path) => !known.has(path));
  if (appeared === undefined && after.length === before.length) return;
  throw stillWritten(appeared === undefined ? 'an output was removed' : `output ${printablePath(appeared)} appeared`);
}

function stillWritten(what: string): VelocityError {
  return new VelocityError('INTEGRITY', `${what} while the result was stored`, {
    hint: 'does the task leave a process behind that still writes?',
  });
}
