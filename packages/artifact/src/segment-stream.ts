import { createHash } from 'node:crypto';
import { corrupt, throwIfCancelled } from './artifact-error.js';
import type { Codec } from './codec.js';
import type { BlobDescription } from './description.js';

/** The bytes of one blob. What it yields must end when `signal` aborts; its own errors pass through unchanged. */
export type OpenBlob = (
  index: number,
  options: { readonly signal: AbortSignal },
) => Promise<AsyncIterable<Uint8Array>> | AsyncIterable<Uint8Array>;

export interface SegmentStreamOptions {
  readonly blobs: readonly BlobDescription[];
  readonly openBlob: OpenBlob;
  readonly codec: Codec;
  /** How many blobs are fetched and decoded at a time. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
}

/** Compressed and unpacked bytes held at a time, whatever the concurrency; one segment may always be held. */
const BUDGET_BYTES = 48 * 1024 ** 2;

/**
 * The unpacked segments, in order, while the next ones are on their way. Nothing of a blob is looked at before its length and digest
 * have been found right.
 *
 * @throws VelocityError `ARTIFACT_CORRUPT`, and whatever `openBlob` throws
 */
export async function* segmentStream(options: SegmentStreamOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { blobs, concurrency } = options;
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const pending: Promise<Uint8Array>[] = [];
  let next = 0;
  let held = 0;
  const startMore = (): void => {
    for (let blob = blobs[next]; blob !== undefined; blob = blobs[next]) {
      const isRoom = pending.length < concurrency && held + costOf(blob) <= BUDGET_BYTES;
      if (held > 0 && !isRoom) return;
      held += costOf(blob);
      const segment = fetchSegment(options, next, blob, signal);
      // A failure is thrown when its turn comes; until then it must not count as unhandled.
      segment.catch(() => {});
      pending.push(segment);
      next += 1;
    }
  };
  try {
    for (const blob of blobs) {
      startMore();
      throwIfCancelled(options.signal);
      yield await (pending.shift() as Promise<Uint8Array>);
      held -= costOf(blob);
    }
  } finally {
    stop.abort();
    await Promise.allSettled(pending);
  }
}

function costOf(blob: BlobDescription): number {
  return blob.size + blob.unpackedSize;
}

async function fetchSegment(
  { openBlob, codec }: SegmentStreamOptions,
  index: number,
  blob: BlobDescription,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const frame = await readBlob(await openBlob(index, { signal }), index, blob, signal);
  return await codec.decompress(frame, blob.unpackedSize);
}

async function readBlob(
  source: AsyncIterable<Uint8Array>,
  index: number,
  blob: BlobDescription,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const frame = Buffer.allocUnsafeSlow(blob.size);
  const hash = createHash('sha256');
  let used = 0;
  for await (const chunk of source) {
    throwIfCancelled(signal);
    if (used + chunk.byteLength > blob.size) throw corrupt(`blob ${index} is longer than ${blob.size} bytes`);
    frame.set(chunk, used);
    hash.update(chunk);
    used += chunk.byteLength;
  }
  if (used !== blob.size) throw corrupt(`blob ${index} has ${used} bytes instead of ${blob.size}`);
  if (hash.digest('hex') !== blob.digest) throw corrupt(`blob ${index} does not have its digest`);
  return frame;
}
