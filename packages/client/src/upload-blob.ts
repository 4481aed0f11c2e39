import { createHash } from 'node:crypto';
import { VelocityError } from '@velocity/core';
import type { BlobDescription } from '@velocity/protocol';
import { httpRequest } from './http-request.js';
import { readExcerpt } from './read-body.js';
import { withRetry } from './retry.js';
import { transferError, type TransferOptions, type TransferTarget } from './transfer.js';

/**
 * Sends a blob, from its start again when that fails. Finding it already there (412) is success: its name says that the bytes are the
 * same. Two writers at once (409) is a reason to look again.
 *
 * @throws BodyError with the cause `ARTIFACT_CORRUPT` when `open` yields something else than the blob; the request is then never completed
 */
export function uploadBlob(
  blob: BlobDescription,
  target: TransferTarget,
  open: () => Promise<AsyncIterable<Uint8Array>>,
  options: TransferOptions,
): Promise<void> {
  return withRetry(options.retry, () => putOnce(blob, target, open, options), options.signal);
}

async function putOnce(
  blob: BlobDescription,
  target: TransferTarget,
  open: () => Promise<AsyncIterable<Uint8Array>>,
  options: TransferOptions,
): Promise<void> {
  const { url, headers } = target;
  const body = { size: blob.size, open: () => verified(blob, open, options.onBytes) };
  const response = await httpRequest({ method: 'PUT', url, headers, body, ...options });
  const isStored = response.status >= 200 && response.status < 300;
  if (!isStored && response.status !== 412) throw await transferError('upload', response, target, options.now);
  await readExcerpt(response.body);
}

/** Holds the last piece back until everything is known to be right: a store that checks nothing gets no wrong blob either. */
async function* verified(
  blob: BlobDescription,
  open: () => Promise<AsyncIterable<Uint8Array>>,
  onBytes: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of await open()) {
    if (chunk.byteLength === 0) continue;
    size += chunk.byteLength;
    if (size > blob.size) throw corrupt(blob, `has more than its ${blob.size} bytes`);
    hash.update(chunk);
    if (size === blob.size && hash.digest('hex') !== blob.digest) {
      throw corrupt(blob, 'has other bytes than its name says');
    }
    yield chunk;
    onBytes?.(chunk.byteLength);
  }
  if (size < blob.size) throw corrupt(blob, `has ${size} of its ${blob.size} bytes`);
}

function corrupt({ digest }: BlobDescription, problem: string): VelocityError {
  return new VelocityError('ARTIFACT_CORRUPT', `the local blob ${digest} ${problem}`);
}
