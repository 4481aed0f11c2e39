import type { Digest } from '@velocity/core';
import type { ObjectStat, OperationOptions, StorageDriver } from '../driver.js';
import { blobObjectKey, placeOfObject } from '../object-keys.js';
import type { EvictionRecord } from './plan-eviction.js';

export interface RecordSummary {
  readonly digests: readonly string[];
}

/** What a stored record cites; undefined for bytes that are no record that it knows. Must not throw for any bytes. */
export type ReadRecord = (bytes: Uint8Array) => RecordSummary | undefined;

/** What is larger is no record of ours. */
const MAX_RECORD_BYTES = 16 * 1024 * 1024;

/** Reads what records cite, each of them once as long as it does not change. */
export class RecordCitations {
  readonly #driver: StorageDriver;
  readonly #readRecord: ReadRecord;
  readonly #known = new Map<string, { readonly modifiedAtMs: number; readonly blobs: readonly string[] | undefined }>();

  constructor(driver: StorageDriver, readRecord: ReadRecord) {
    this.#driver = driver;
    this.#readRecord = readRecord;
  }

  /** Undefined for foreign records, and for one that is gone meanwhile. */
  async entryOf(record: ObjectStat, options: OperationOptions): Promise<EvictionRecord | undefined> {
    const { key, modifiedAtMs } = record;
    let known = this.#known.get(key);
    if (known?.modifiedAtMs !== modifiedAtMs) {
      known = { modifiedAtMs, blobs: await this.#citedBy(record, options) };
      this.#known.set(key, known);
    }
    return known.blobs === undefined ? undefined : { key, modifiedAtMs, sizeBytes: record.size, blobs: known.blobs };
  }

  async #citedBy({ key, size }: ObjectStat, options: OperationOptions): Promise<string[] | undefined> {
    const place = placeOfObject(key);
    if (place === undefined || size > MAX_RECORD_BYTES) return undefined;
    const body = await this.#driver.read(key, options);
    if (body === undefined) return undefined;
    const chunks: Uint8Array[] = [];
    for await (const chunk of body.chunks) chunks.push(chunk);
    const summary = this.#readRecord(Buffer.concat(chunks));
    return summary?.digests.map((digest) => blobObjectKey(place.namespace, place.tier, digest as Digest));
  }
}
