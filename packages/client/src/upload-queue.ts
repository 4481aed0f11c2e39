import { setTimeout as delay } from 'node:timers/promises';
import { Semaphore, type CacheKey } from '@velocity/core';
import type { ArtifactStore, SaveVerdict, StoredArtifact } from './artifact-store.js';
import { MAX_TIMER_MS } from './deadline.js';
import { onAbort } from './on-abort.js';

export interface UploadQueueOptions {
  readonly store: ArtifactStore;
  /** Artifacts on their way at once. */
  readonly concurrency: number;
  /** Once for each artifact that was not given up. Must not throw. */
  readonly onSettled?: (key: CacheKey, outcome: UploadOutcome) => void;
}

export type UploadOutcome =
  | { readonly status: 'done'; readonly verdict: SaveVerdict }
  | { readonly status: 'failed'; readonly error: unknown };

/** How long a cancelled upload may take to end; a store that does not heed its signal is left behind. */
const STOP_GRACE_MS = 1000;

/**
 * Sends artifacts behind the run's back. What is not sent when the drain's time is up is abandoned; the local store has it.
 * Disposing abandons at once whatever is left.
 */
export class UploadQueue implements Disposable {
  readonly #options: UploadQueueOptions;
  readonly #semaphore: Semaphore;
  readonly #abort = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(options: UploadQueueOptions) {
    this.#options = options;
    this.#semaphore = new Semaphore(options.concurrency);
  }

  get pending(): number {
    return this.#running.size;
  }

  /** Nothing is added any more once a drain has run out of time. */
  add(key: CacheKey, artifact: StoredArtifact): void {
    const upload = this.#semaphore.run(() => this.#send(key, artifact)).finally(() => this.#running.delete(upload));
    this.#running.add(upload);
  }

  /** Resolves once everything was sent, or soon after the deadline or signal; to the number of artifacts that were given up. */
  async drain(options: { readonly deadlineMs: number; readonly signal?: AbortSignal }): Promise<number> {
    const timer = setTimeout(() => this.#abort.abort(), Math.min(options.deadlineMs, MAX_TIMER_MS));
    const unsubscribe = onAbort(options.signal, () => this.#abort.abort());
    try {
      let givenUp = 0;
      await Promise.race([this.#settled(), aborted(this.#abort.signal).then(() => (givenUp = this.#running.size))]);
      if (this.#abort.signal.aborted) await this.#stop();
      return givenUp;
    } finally {
      clearTimeout(timer);
      unsubscribe();
    }
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
  }

  async #settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #stop(): Promise<void> {
    const timer = new AbortController();
    const grace = delay(STOP_GRACE_MS, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([this.#settled(), grace]);
    timer.abort();
  }

  async #send(key: CacheKey, artifact: StoredArtifact): Promise<void> {
    const { signal } = this.#abort;
    if (signal.aborted) return;
    const outcome = await this.#save(key, artifact, signal);
    if (outcome.status === 'failed' && signal.aborted) return;
    this.#options.onSettled?.(key, outcome);
  }

  async #save(key: CacheKey, artifact: StoredArtifact, signal: AbortSignal): Promise<UploadOutcome> {
    try {
      return { status: 'done', verdict: await this.#options.store.save(key, artifact, { signal }) };
    } catch (error) {
      return { status: 'failed', error };
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => onAbort(signal, resolve));
}
