import { isVelocityError, VelocityError } from '@velocity/core';
import { RefusedError } from './refused-error.js';

export interface RetryPolicy {
  readonly attempts: number;
  /** False where somebody waits for the answer: whoever was silent once is taken to be gone. Default: true. */
  readonly isTimeoutRetried?: boolean;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** May end early, in whatever way, when the signal fires. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** A failure that may pass: carries how long the other side asked to wait. */
export class RetryableError extends Error {
  readonly retryAfterMs: number | undefined;

  constructor(cause: Error, retryAfterMs?: number) {
    super(cause.message, { cause });
    this.name = 'RetryableError';
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Runs `body` until it succeeds, at most `attempts` times, with a pause in between. Only {@link RetryableError}, time-outs and lost
 * connections are tried again; what is thrown in the end is the last failure itself.
 */
export async function withRetry<T>(policy: RetryPolicy, body: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await body();
    } catch (error) {
      await pauseBeforeRetry(policy, error, { attempt, signal });
    }
  }
}

/**
 * Returns when it is time for another attempt: after "full jitter" (a random share of an exponentially growing delay, as in the AWS
 * Architecture Blog's "Exponential Backoff And Jitter"), and what the server asked for before that, up to `maxDelayMs`.
 * @throws the failure itself when there is to be no other attempt; VelocityError `CANCELLED`
 */
export async function pauseBeforeRetry(
  policy: RetryPolicy,
  error: unknown,
  { attempt, signal }: { readonly attempt: number; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  if (!isRetryable(policy, error) || attempt >= policy.attempts) throw unwrap(error);
  const asked = error instanceof RetryableError ? (error.retryAfterMs ?? 0) : 0;
  const backoff = policy.random() * Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1));
  await sleepUntil(policy, Math.min(asked, policy.maxDelayMs) + backoff, signal);
  if (signal?.aborted === true) throw new VelocityError('CANCELLED', 'cancelled', { cause: unwrap(error) });
}

/** Milliseconds of a `Retry-After` header (RFC 9110, 10.2.3): seconds or a date; undefined for anything else. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // Date.parse takes more than HTTP's dates: it reads "1.5" as a day in 2001.
  const date = /^[A-Z][a-z]{2,8},? /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

async function sleepUntil(policy: RetryPolicy, ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await policy.sleep(ms, signal);
  } catch (error) {
    // A sleep that was cut short may say so by throwing; the caller looks at the signal.
    if (signal?.aborted !== true) throw error;
  }
}

/** Whoever refused in so many words has decided by that; what got no answer is worth another try. */
function isRetryable({ isTimeoutRetried = true }: RetryPolicy, error: unknown): boolean {
  if (error instanceof RetryableError) return true;
  if (error instanceof RefusedError) return false;
  return (isTimeoutRetried && isVelocityError(error, 'TIMEOUT')) || isVelocityError(error, 'GATEWAY_UNAVAILABLE');
}

function unwrap(error: unknown): unknown {
  return error instanceof RetryableError ? error.cause : error;
}
