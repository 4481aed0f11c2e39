import { setTimeout as timer } from 'node:timers/promises';
import { isTransient } from './s3-errors.js';

export interface RetryOptions {
  readonly maxAttempts: number;
  /** In [0, 1) */
  readonly random: () => number;
  readonly delay: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** Runs `attempt` until it succeeds, fails for good, or was tried often enough; pauses grow and are spread ("full jitter"). */
export async function withRetries<T>(options: RetryOptions, attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count += 1) {
    options.signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      options.signal?.throwIfAborted();
      if (count >= options.maxAttempts || !isTransient(error)) throw error;
    }
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (count - 1));
    await options.delay(options.random() * longest, options.signal);
  }
}

export async function delayByTimer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await timer(ms, undefined, signal === undefined ? {} : { signal });
}
