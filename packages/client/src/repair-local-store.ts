import { mapBounded, type CacheKey, type Digest } from '@velocity/core';
import type { CacheRecord } from '@velocity/protocol';
import type { StorageDriver } from '@velocity/storage';
import type { StoreOptions } from './artifact-store.js';
import { localBlobKey, localRecordKey } from './local-records.js';
import { blobStateOf, recordStateOf } from './stored-state.js';
import type { AffectedResult } from './verify-report.js';

const PARALLEL_STATS = 16;

/**
 * Takes damaged objects out of a local store. Each is looked at once more first: another process may have put a sound one in its place.
 * Records go before the blob that they cite.
 */
export class Repair {
  readonly #driver: StorageDriver;
  readonly #options: StoreOptions;
  readonly #records = new Set<CacheKey>();
  #blobs = 0;

  constructor(driver: StorageDriver, options: StoreOptions) {
    this.#driver = driver;
    this.#options = options;
  }

  get removed(): { readonly records: number; readonly blobs: number } {
    return { records: this.#records.size, blobs: this.#blobs };
  }

  /** Removes a blob and the records that were found to cite it; false when it is sound or gone by now. */
  async removeBlob(digest: Digest, citedBy: readonly AffectedResult[]): Promise<boolean> {
    const { status } = await blobStateOf(this.#driver, digest, this.#options);
    if (status === 'sound' || status === 'absent') return false;
    for (const { key } of citedBy) {
      const state = await recordStateOf(this.#driver, key, this.#options);
      if (state.status === 'sound' && cites(state.record, digest)) await this.#dropRecord(key);
    }
    await this.#driver.remove(localBlobKey(digest), this.#options);
    this.#blobs += 1;
    return true;
  }

  /** False when the record is sound or gone by now. */
  async removeRecord(key: CacheKey): Promise<boolean> {
    if (this.#records.has(key)) return true;
    const state = await recordStateOf(this.#driver, key, this.#options);
    if (state.status === 'absent') return false;
    if (state.status === 'sound' && (await this.#hasItsBlobs(state.record))) return false;
    await this.#dropRecord(key);
    return true;
  }

  async #dropRecord(key: CacheKey): Promise<void> {
    await this.#driver.remove(localRecordKey(key), this.#options);
    this.#records.add(key);
  }

  async #hasItsBlobs({ artifact }: CacheRecord): Promise<boolean> {
    const found = await mapBounded(artifact.blobs, PARALLEL_STATS, async ({ digest, size }) => {
      const stat = await this.#driver.stat(localBlobKey(digest), this.#options);
      return stat?.size === size;
    });
    return found.every(Boolean);
  }
}

function cites({ artifact }: CacheRecord, digest: Digest): boolean {
  return artifact.blobs.some((blob) => blob.digest === digest);
}
