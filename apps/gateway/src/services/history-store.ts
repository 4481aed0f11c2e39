import { digestOf } from '@velocity/core';
import type { CacheKey } from '@velocity/core';
import type { CacheRecord } from '@velocity/protocol';
import { HISTORY_KEPT, historyObjectKey, historyPrefix, placeOfObject } from '@velocity/storage';
import type { RecordPlace } from '@velocity/storage';
import type { Logger } from '../logger.js';
import { errorFields } from '../logger.js';
import type { ObservedStorage } from '../observed-storage.js';
import { placeOf } from '../principals.js';

const EMPTY = new Uint8Array();

export interface HistoryAddress {
  readonly namespace: string;
  readonly place: RecordPlace;
  /** `web#build` */
  readonly task: string;
}

/** Which records a task got when, one empty object for each; written beside the records, never by clients. */
export class HistoryStore {
  readonly #storage: ObservedStorage;
  readonly #logger: Logger;

  constructor(storage: ObservedStorage, logger: Logger) {
    this.#storage = storage;
    this.#logger = logger;
  }

  /** For a record that was just written. Never throws: the record counts, and without its entry a later miss is explained less well. */
  async remember({ namespace, tier, scope, key, artifact, createdAt }: CacheRecord): Promise<void> {
    const entry = { task: artifact.task, key, createdAtMs: Date.parse(createdAt) };
    try {
      const objectKey = historyObjectKey(namespace, placeOf(tier, scope), entry);
      await this.#storage.createSmall(objectKey, EMPTY, digestOf(EMPTY));
    } catch (error) {
      this.#logger.warn('could not write a history entry', { key, ...errorFields(error) });
    }
  }

  /** The newest entries, each key once. One request to the store. */
  async newest(address: HistoryAddress, limit: number): Promise<ReadonlyMap<CacheKey, number>> {
    const prefix = historyPrefix(address.namespace, address.place, address.task);
    const createdAtMs = new Map<CacheKey, number>();
    for (const objectKey of await this.#storage.listFirst(prefix, HISTORY_KEPT)) {
      const place = placeOfObject(objectKey);
      if (place?.kind === 'history' && !createdAtMs.has(place.key)) createdAtMs.set(place.key, place.createdAtMs);
      if (createdAtMs.size === limit) break;
    }
    return createdAtMs;
  }
}
