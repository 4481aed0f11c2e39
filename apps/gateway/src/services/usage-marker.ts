import { Semaphore } from '@velocity/core';
import type { CacheRecord } from '@velocity/protocol';
import type { Logger } from '../logger.js';
import { errorFields } from '../logger.js';
import { LruCache } from '../lru-cache.js';
import type { ObservedStorage } from '../observed-storage.js';
import { placeOf } from '../principals.js';
import { blobKeyOf } from './blob-store.js';
import { objectKeyOf } from './record-store.js';

const INTERVAL_MS = 3_600_000;
const REMEMBERED = 100_000;
const CONCURRENCY = 4;
const MAX_WAITING = 1000;

/** Tells the store what is used, beside the answers, so that eviction spares it: a record and its blobs at most once an hour. */
export class UsageMarker {
  readonly #storage: ObservedStorage;
  readonly #logger: Logger;
  readonly #marked: LruCache<true>;
  readonly #semaphore = new Semaphore(CONCURRENCY);
  readonly #running = new Set<Promise<void>>();

  constructor(storage: ObservedStorage, logger: Logger, now: () => number) {
    this.#storage = storage;
    this.#logger = logger;
    this.#marked = new LruCache({ maxWeight: REMEMBERED, ttlMs: INTERVAL_MS, now });
  }

  /** Returns at once. Skips what was marked within the hour, and everything while too much is waiting. */
  mark(record: CacheRecord): void {
    if (!this.#storage.driver.supports.touch || this.#running.size >= MAX_WAITING) return;
    const { namespace, tier, key } = record;
    const recordKey = objectKeyOf({ namespace, place: placeOf(tier, record.scope), key });
    if (this.#marked.get(recordKey) !== undefined) return;
    this.#marked.put(recordKey, true, 1);
    const blobKeys = record.artifact.blobs.map(({ digest }) => blobKeyOf({ namespace, tier, digest }));
    const run = this.#semaphore
      .run(() => this.#touchAll([recordKey, ...blobKeys]))
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #touchAll(keys: readonly string[]): Promise<void> {
    try {
      for (const key of keys) await this.#storage.touch(key);
    } catch (error) {
      this.#logger.warn('could not mark a record as used', errorFields(error));
    }
  }
}
