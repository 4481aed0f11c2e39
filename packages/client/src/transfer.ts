import { createHash } from 'node:crypto';
import { VelocityError } from '@velocity/core';
import type { BlobDescription } from '@velocity/protocol';
import { httpRequest, readAll, type HttpAgents, type HttpResponse, type HttpTimeouts } from './http-request.js';
import { parseRetryAfter, RetryableError } from './retry.js';

export interface TransferTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface TransferOptions {
  readonly agents: HttpAgents;
  readonly timeouts: HttpTimeouts;
  readonly now: () => number;
  readonly onBytes?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const MAX_ERROR_BYTES = 64 * 1024;

/**
 * The bytes of a blob from where the gateway said it is; ends normally only when length and digest are right.
 * @throws RetryableError for what may pass, VelocityError `ARTIFACT_CORRUPT` for other bytes or none
 */
export async function* downloadBlob(
  blob: BlobDescription,
  target: TransferTarget,
  options: TransferOptions,
): AsyncGenerator<Uint8Array> {
  const response = await httpRequest({ method: 'GET', url: target.url, headers: target.headers, ...options });
  if (response.status !== 200) throw await transferError('download', response, target, options);
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > blob.size)
      throw new VelocityError('ARTIFACT_CORRUPT', `blob ${blob.digest} is longer than ${blob.size} bytes`);
    hash.update(chunk);
    options.onBytes?.(chunk.byteLength);
    yield chunk;
  }
  if (size < blob.size) {
    throw new RetryableError(
      new VelocityError('ARTIFACT_CORRUPT', `blob ${blob.digest} ended after ${size} of ${blob.size} bytes`),
    );
  }
  if (hash.digest('hex') !== blob.digest) {
    throw new VelocityError('ARTIFACT_CORRUPT', `blob ${blob.digest} has other bytes than its name says`);
  }
}

/** Sends a blob. Finding it already there (412) is success: its name says that the bytes are the same. */
export async function uploadBlob(
  blob: BlobDescription,
  target: TransferTarget,
  open: () => Promise<AsyncIterable<Uint8Array>>,
  options: TransferOptions,
): Promise<void> {
  const body = { size: blob.size, open: async () => counted(await open(), options.onBytes) };
  const response = await httpRequest({ method: 'PUT', url: target.url, headers: target.headers, body, ...options });
  if ((response.status >= 200 && response.status < 300) || response.status === 412) {
    await readAll(response.body, MAX_ERROR_BYTES);
    return;
  }
  throw await transferError('upload', response, target, options);
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  onBytes: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onBytes?.(chunk.byteLength);
    yield chunk;
  }
}

/** Storage answers in XML, proxies in anything: the code is enough, and the URL stays out of it. */
async function transferError(
  what: string,
  response: HttpResponse,
  target: TransferTarget,
  options: TransferOptions,
): Promise<Error> {
  const { origin } = new URL(target.url);
  const text = (await readAll(response.body, MAX_ERROR_BYTES)).toString('utf8');
  const reason = /<Code>([A-Za-z0-9]+)<\/Code>/.exec(text)?.[1] ?? /"code":"([A-Z_]+)"/.exec(text)?.[1];
  const message = `${what} from ${origin} failed with status ${response.status}${reason === undefined ? '' : ` (${reason})`}`;
  if (response.status === 404) return new VelocityError('ARTIFACT_CORRUPT', `${message}: the blob is gone`);
  if (response.status === 507) return new VelocityError('STORAGE_FULL', message);
  if (response.status === 409 || response.status === 429 || response.status >= 500) {
    const header = response.headers['retry-after'];
    const error = new VelocityError('GATEWAY_UNAVAILABLE', message);
    return new RetryableError(error, parseRetryAfter(Array.isArray(header) ? header[0] : header, options.now()));
  }
  return new VelocityError('GATEWAY_REFUSED', message);
}
