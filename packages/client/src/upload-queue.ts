import { Semaphore, type CacheKey } from '@velocity/core';
import type { ArtifactStore, SaveVerdict, StoredArtifact } from './artifact-store.js';

export interface UploadQueueOptions {
  readonly store: ArtifactStore;
  /** Artifacts on their way at once. */
  readonly concurrency: number;
  readonly onSettled?: (key: CacheKey, outcome: UploadOutcome) => void;
}

export type UploadOutcome =
  | { readonly status: 'done'; readonly verdict: SaveVerdict }
  | { readonly status: 'failed'; readonly error: unknown };

/** Sends artifacts behind the run's back. What is not sent when the drain's time is up is abandoned; the local store has it. */
export class UploadQueue {
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

  add(key: CacheKey, artifact: StoredArtifact): void {
    const upload = this.#semaphore.run(() => this.#send(key, artifact)).finally(() => this.#running.delete(upload));
    this.#running.add(upload);
  }

  /** Resolves once everything was sent, or at the deadline; to the number of artifacts that were given up. */
  async drain(options: { readonly deadlineMs: number; readonly signal?: AbortSignal }): Promise<number> {
    if (this.#running.size === 0) return 0;
    const timer = setTimeout(() => this.#abort.abort(), options.deadlineMs);
    const abort = (): void => this.#abort.abort();
    if (options.signal?.aborted === true) abort();
    options.signal?.addEventListener('abort', abort, { once: true });
    try {
      const given = new Promise<'abandoned'>((resolve) => {
        if (this.#abort.signal.aborted) resolve('abandoned');
        this.#abort.signal.addEventListener('abort', () => resolve('abandoned'), { once: true });
      });
      const outcome = await Promise.race([this.#settleAll(), given]);
      const left = outcome === 'abandoned' ? this.#running.size : 0;
      await this.#settleAll();
      return left;
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', abort);
    }
  }

  async #settleAll(): Promise<'done'> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    return 'done';
  }

  async #send(key: CacheKey, artifact: StoredArtifact): Promise<void> {
    if (this.#abort.signal.aborted) return;
    try {
      const verdict = await this.#options.store.save(key, artifact, { signal: this.#abort.signal });
      this.#options.onSettled?.(key, { status: 'done', verdict });
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#options.onSettled?.(key, { status: 'failed', error });
    }
  }
}
