import { digestOf } from '@velocity/core';
import type { CacheKey } from '@velocity/core';
import { recordSchema } from '@velocity/protocol';
import type { CacheRecord, Damage } from '@velocity/protocol';
import { recordObjectKey } from '@velocity/storage';
import type { RecordPlace } from '@velocity/storage';
import * as v from 'valibot';
import { canonicalJson } from '../canonical-json.js';
import { LruCache } from '../lru-cache.js';
import type { ObservedStorage } from '../observed-storage.js';
import { scopeOf } from '../principals.js';
import { SingleFlight } from '../single-flight.js';

const CACHE_BYTES = 64 * 1024 * 1024;
/** A record in memory, by its bytes in the store: parsed, and with what was last answered for it. */
const WEIGHT = 3;
/**
 * Records never change, so a cached one can only be wrong by having been evicted. Its blobs outlive it by far longer than this:
 * what is answered from the cache can be downloaded.
 */
const CACHE_TTL_MS = 10 * 60_000;
/** Dropped records that are remembered. */
const MAX_DROPPED = 10_000;

export interface RecordAddress {
  readonly namespace: string;
  readonly place: RecordPlace;
  readonly key: CacheKey;
}

/** Reads and creates records. What was found is remembered, and what was dropped; never an absence. */
export class RecordStore {
  readonly #storage: ObservedStorage;
  readonly #cache: LruCache<CacheRecord>;
  readonly #dropped: LruCache<Damage>;
  readonly #flights = new SingleFlight<CacheRecord | 'unreadable' | undefined>();

  constructor(storage: ObservedStorage, now: () => number) {
    this.#storage = storage;
    this.#cache = new LruCache({ maxWeight: CACHE_BYTES, ttlMs: CACHE_TTL_MS, now });
    this.#dropped = new LruCache({ maxWeight: MAX_DROPPED, ttlMs: CACHE_TTL_MS, now });
  }

  /** Undefined means absent; `unreadable` that something else than this record lies in its place. */
  async find(address: RecordAddress): Promise<CacheRecord | 'unreadable' | undefined> {
    return this.#cache.get(objectKeyOf(address)) ?? (await this.read(address));
  }

  /** As `find`, past the cache. */
  read(address: RecordAddress): Promise<CacheRecord | 'unreadable' | undefined> {
    const objectKey = objectKeyOf(address);
    return this.#flights.run(objectKey, async () => {
      const content = await this.#storage.readSmall(objectKey);
      if (content === undefined) return undefined;
      if (content === 'too-large') return 'unreadable';
      const record = parseRecord(content, address);
      if (record === undefined) return 'unreadable';
      this.#cache.put(objectKey, record, WEIGHT * content.byteLength);
      return record;
    });
  }

  /** Writes the record unless there is one already. */
  async create(address: RecordAddress, record: CacheRecord): Promise<'created' | 'exists'> {
    const content = Buffer.from(canonicalJson(record));
    const objectKey = objectKeyOf(address);
    const outcome = await this.#storage.createSmall(objectKey, content, digestOf(content));
    if (outcome === 'created') {
      this.#cache.put(objectKey, record, WEIGHT * content.byteLength);
      this.#dropped.delete(objectKey);
    }
    return outcome;
  }

  /** Takes a damaged record away; what was wrong with it is remembered where there is a word for it. */
  async drop(address: RecordAddress, damage: Damage | undefined): Promise<void> {
    const objectKey = objectKeyOf(address);
    this.#cache.delete(objectKey);
    await this.#storage.remove(objectKey);
    if (damage !== undefined) this.#dropped.put(objectKey, damage, 1);
  }

  /** What was wrong with a record that this process dropped within the last ten minutes, if it was not written again by it. */
  whyDropped(address: RecordAddress): Damage | undefined {
    return this.#dropped.get(objectKeyOf(address));
  }

  forgetOne(address: RecordAddress): void {
    this.#cache.delete(objectKeyOf(address));
  }

  /** After a sweep, when any of them may be gone. */
  forget(): void {
    this.#cache.clear();
  }
}

export function objectKeyOf({ namespace, place, key }: RecordAddress): string {
  return recordObjectKey(namespace, place, key);
}

function parseRecord(content: Buffer, { namespace, place, key }: RecordAddress): CacheRecord | undefined {
  const parsed = v.safeParse(recordSchema, parseJson(content));
  if (!parsed.success) return undefined;
  const record = parsed.output;
  const isInPlace =
    record.key === key &&
    record.namespace === namespace &&
    record.tier === place.tier &&
    record.scope === scopeOf(place);
  return isInPlace ? record : undefined;
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    // Not JSON: not a record. The caller says so.
    return undefined;
  }
}
