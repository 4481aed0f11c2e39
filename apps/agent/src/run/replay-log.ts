import { createReadStream, statSync } from 'node:fs';
import { decodeLog, readArtifactHead, type Codec, type OpenBlob } from '@velocity/artifact';
import type { StoredArtifact } from '@velocity/client';
import type { CacheKey } from '@velocity/core';
import type { RunEvent } from './events.js';

type Emit = (event: RunEvent) => void;

/** Says again what a task said when it ran, on the streams it said it on. */
export async function replayLog(
  task: string,
  frames: Uint8Array | AsyncIterable<Uint8Array>,
  emit: Emit,
): Promise<void> {
  for await (const { stream, data } of decodeLog(frames)) {
    emit({ type: 'task-output', task, stream, chunk: data, isReplay: true });
  }
}

export async function replayLogFile(task: string, file: string, emit: Emit): Promise<void> {
  if (statSync(file, { throwIfNoEntry: false })?.size) await replayLog(task, createReadStream(file), emit);
}

/** Reads only as much of the artifact as the log takes. @throws VelocityError `ARTIFACT_CORRUPT` for one of another key, too */
export async function replayStoredLog(
  task: string,
  artifact: StoredArtifact,
  options: { readonly key: CacheKey; readonly codec: Codec; readonly emit: Emit; readonly signal: AbortSignal },
): Promise<void> {
  const { key, codec, signal } = options;
  const openBlob: OpenBlob = (index, blobOptions) => artifact.openBlob(index, blobOptions);
  const { log } = await readArtifactHead({ description: artifact.description, openBlob, key, codec, signal });
  await replayLog(task, log, options.emit);
}
