import type { HttpTimeouts } from './deadline.js';
import { headerOf, type HttpAgents, type HttpResponse } from './http-request.js';
import { readExcerpt } from './read-body.js';
import { RefusedError } from './refused-error.js';
import { parseRetryAfter, RetryableError, type RetryPolicy } from './retry.js';

/** Where the gateway said that a blob is, or shall go. The whole URL is a permission. */
export interface TransferTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface TransferOptions {
  readonly agents: HttpAgents;
  readonly timeouts: HttpTimeouts;
  readonly retry: RetryPolicy;
  readonly now: () => number;
  readonly onBytes?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Answers of 4xx that mean: the bytes were damaged or delayed on the way, send them again. S3's words, and the last one the gateway's. */
const BROKEN_ON_THE_WAY = new Set([
  'BadDigest',
  'IncompleteBody',
  'RequestTimeout',
  'XAmzContentSHA256Mismatch',
  'INTEGRITY',
]);

/** What storage answered, as an error. It says so in XML, proxies in anything: the code is enough, and the URL stays out of it. */
export async function transferError(
  what: string,
  response: HttpResponse,
  { url }: TransferTarget,
  now: () => number,
): Promise<RefusedError | RetryableError> {
  const { origin } = new URL(url);
  const { status } = response;
  const text = await readExcerpt(response.body);
  const reason = /<Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(text)?.[1] ?? /"code":"([A-Z_]{1,64})"/.exec(text)?.[1];
  const message = `${origin}: ${what} failed with status ${status}${reason === undefined ? '' : ` (${reason})`}`;
  const details = { status, reason };
  if (status === 404) return new RefusedError('ARTIFACT_CORRUPT', `${message}: the blob is gone`, details);
  if (status === 416) return new RefusedError('ARTIFACT_CORRUPT', `${message}: the blob is too short`, details);
  if (status === 507) return new RefusedError('STORAGE_FULL', message, details);
  if (!isPassing(status) && !BROKEN_ON_THE_WAY.has(reason ?? '')) {
    return new RefusedError('GATEWAY_REFUSED', message, details);
  }
  const error = new RefusedError('GATEWAY_UNAVAILABLE', message, details);
  return new RetryableError(error, parseRetryAfter(headerOf(response, 'retry-after'), now()));
}

/** An expired URL, or credentials behind it that have expired, is refused with one of these. Another one may work. */
export function isUrlRefused(error: unknown): boolean {
  return error instanceof RefusedError && error.code === 'GATEWAY_REFUSED' && [400, 401, 403].includes(error.status);
}

function isPassing(status: number): boolean {
  const isPermanent = status === 501 || status === 505;
  return status === 408 || status === 409 || status === 425 || status === 429 || (status >= 500 && !isPermanent);
}
