import { createHash, type Hash } from 'node:crypto';
import { VelocityError } from '@velocity/core';
import type { BlobDescription } from '@velocity/protocol';
import type { DownloadTargets } from './download-targets.js';
import { headerOf, httpRequest, type HttpResponse } from './http-request.js';
import { pauseBeforeRetry, RetryableError } from './retry.js';
import { isUrlRefused, transferError, type TransferOptions, type TransferTarget } from './transfer.js';

interface Progress {
  received: number;
  readonly hash: Hash;
}

/**
 * The bytes of a blob; ends normally only when length and digest are right. A connection that breaks in the middle is taken up where it
 * broke, and a URL that is refused is replaced once. Nothing is requested before the first byte is asked for.
 *
 * @throws VelocityError `ARTIFACT_CORRUPT` for other bytes or none, an outage after the retries
 */
export async function* downloadBlob(
  index: number,
  blob: BlobDescription,
  targets: DownloadTargets,
  options: TransferOptions,
): AsyncGenerator<Uint8Array> {
  const progress = { received: 0, hash: createHash('sha256') };
  let mayRenew = true;
  let attempt = 1;
  while (progress.received < blob.size) {
    const target = targets.at(index);
    try {
      yield* receive(blob, target, progress, options);
    } catch (error) {
      if (mayRenew && isUrlRefused(error) && (await targets.renew(target, options.signal))) {
        mayRenew = false;
        continue;
      }
      await pauseBeforeRetry(options.retry, error, { attempt, signal: options.signal });
      attempt += 1;
    }
  }
  if (progress.hash.digest('hex') !== blob.digest) throw corrupt(blob, 'has other bytes than its name says');
}

/** What comes over one connection, as far as it is new. */
async function* receive(
  blob: BlobDescription,
  target: TransferTarget,
  progress: Progress,
  options: TransferOptions,
): AsyncGenerator<Uint8Array> {
  const { received: start } = progress;
  const range = start === 0 ? undefined : { range: `bytes=${start}-` };
  const headers = { ...target.headers, ...range };
  const response = await httpRequest({ method: 'GET', url: target.url, headers, ...options });
  let known = isRestFrom(start, response) ? 0 : start;
  if (known === start && response.status !== 200) throw await transferError('download', response, target, options.now);
  for await (const chunk of response.body) {
    options.onBytes?.(chunk.byteLength);
    const fresh = chunk.subarray(known);
    known = Math.max(0, known - chunk.byteLength);
    progress.received += fresh.byteLength;
    if (progress.received > blob.size) throw corrupt(blob, `has more than its ${blob.size} bytes`);
    progress.hash.update(fresh);
    if (fresh.byteLength > 0) yield fresh;
  }
  if (progress.received < blob.size) {
    throw new RetryableError(corrupt(blob, `ended after ${progress.received} of its ${blob.size} bytes`));
  }
}

/** Whether a store that was asked for the rest sends just that (RFC 9110, 14.2: it may as well send everything). */
function isRestFrom(start: number, response: HttpResponse): boolean {
  if (start === 0 || response.status !== 206) return false;
  return headerOf(response, 'content-range')?.startsWith(`bytes ${start}-`) === true;
}

function corrupt({ digest }: BlobDescription, problem: string): VelocityError {
  return new VelocityError('ARTIFACT_CORRUPT', `the blob ${digest} ${problem}`);
}
