import { isVelocityError } from '@velocity/core';

export interface RetryPolicy {
  readonly attempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** Between 0 and 1. */
  readonly random: () => number;
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
 * Runs `body` until it succeeds, at most `attempts` times: with "full jitter" (a random share of an exponentially growing delay, as
 * in the AWS Architecture Blog's "Exponential Backoff And Jitter"), or after what the server asked for. Only {@link RetryableError},
 * time-outs and lost connections are tried again; what is thrown in the end is the last failure itself.
 */
export async function withRetry<T>(policy: RetryPolicy, body: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await body();
    } catch (error) {
      const wait = retryDelay(error, attempt, policy);
      if (wait === undefined || attempt >= policy.attempts || signal?.aborted === true) throw unwrap(error);
      await policy.sleep(wait, signal);
    }
  }
}

/** Milliseconds of a `Retry-After` header (RFC 9110, 10.2.3): seconds or a date. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

function retryDelay(error: unknown, attempt: number, policy: RetryPolicy): number | undefined {
  const backoff = policy.random() * Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1));
  if (error instanceof RetryableError) return Math.min(error.retryAfterMs ?? backoff, policy.maxDelayMs);
  return isVelocityError(error, 'TIMEOUT') || isVelocityError(error, 'GATEWAY_UNAVAILABLE') ? backoff : undefined;
}

function unwrap(error: unknown): unknown {
  return error instanceof RetryableError ? error.cause : error;
}
