import { createReadStream, statSync } from 'node:fs';
import { decodeLog, readArtifactHead, type Codec, type OpenBlob } from '@velocity/artifact';
import type { StoredArtifact } from '@velocity/client';
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

/** Reads only as much of the artifact as the log takes. */
export async function replayStoredLog(
  task: string,
  artifact: StoredArtifact,
  options: { readonly codec: Codec; readonly emit: Emit; readonly signal: AbortSignal },
): Promise<void> {
  const { codec, signal } = options;
  const openBlob: OpenBlob = (index, blobOptions) => artifact.openBlob(index, blobOptions);
  const { log } = await readArtifactHead({ description: artifact.description, openBlob, codec, signal });
  await replayLog(task, log, options.emit);
}
