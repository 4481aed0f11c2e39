import { isVelocityError, VelocityError, type CacheKey, type Digest } from '@velocity/core';
import { recordSchema, type ArtifactDescription, type CacheRecord, type Damage } from '@velocity/protocol';
import {
  blobObjectKey,
  HISTORY_KEPT,
  historyObjectKey,
  historyPrefix,
  placeOfObject,
  recordObjectKey,
  type ObjectBody,
  type RecordPlace,
  type StorageDriver,
} from '@velocity/storage';
import * as v from 'valibot';
import type { SaveVerdict, StoreOptions } from './artifact-store.js';
import { parseJson } from './parse-answer.js';
import { readAll } from './read-body.js';

/** The only namespace of an agent's own store, and the only pool. */
export const LOCAL_NAMESPACE = 'local';
export const LOCAL_PLACE = { tier: 'trusted' } as const satisfies RecordPlace;

const SCOPE = 'trusted';
const MAX_RECORD_BYTES = 8 * 1024 * 1024;
/** A record that is damaged, or goes while it is looked at, is out of the way for the next attempt. */
const RECORD_ATTEMPTS = 3;

/** A record that a task once got, and the record itself while it is there. */
export interface LocalHistoryEntry {
  readonly key: CacheKey;
  readonly createdAtMs: number;
  readonly record: CacheRecord | undefined;
}

/** The records of a local store, and which of them a task got when. */
export class LocalRecords {
  readonly #driver: StorageDriver;
  readonly #now: () => number;

  constructor(driver: StorageDriver, now: () => number) {
    this.#driver = driver;
    this.#now = now;
  }

  /** Undefined for a miss. A damaged or foreign record is one, and is removed, so that the next result can take its place. */
  async read(
    key: CacheKey,
    options: StoreOptions,
    onDamaged?: (key: CacheKey, problem: Damage) => void,
  ): Promise<CacheRecord | undefined> {
    const objectKey = localRecordKey(key);
    const body = await this.#driver.read(objectKey, options);
    if (body === undefined) return undefined;
    const record = await parseRecord(body);
    if (record?.key === key) return record;
    try {
      await this.#driver.remove(objectKey, options);
    } catch (error) {
      // A store that cannot be written to: still a miss, and not a reason to fail.
      if (!isVelocityError(error, 'STORAGE_UNAVAILABLE')) throw error;
    }
    onDamaged?.(key, 'unreadable');
    return undefined;
  }

  /** The first record of a key stays. */
  async create(key: CacheKey, artifact: ArtifactDescription, options: StoreOptions): Promise<SaveVerdict> {
    const createdAtMs = this.#now();
    const record: CacheRecord = {
      version: 1,
      key,
      namespace: LOCAL_NAMESPACE,
      tier: LOCAL_PLACE.tier,
      scope: SCOPE,
      artifact,
      createdAt: new Date(createdAtMs).toISOString(),
      writer: 'local',
    };
    const body = Buffer.from(JSON.stringify(record));
    for (let attempt = 0; attempt < RECORD_ATTEMPTS; attempt++) {
      const result = await this.#driver.create(localRecordKey(key), [body], { size: body.byteLength, ...options });
      if (result === 'created') {
        await this.#remember({ task: artifact.task, key, createdAtMs });
        return 'saved';
      }
      const winner = await this.read(key, options);
      if (winner !== undefined) {
        return winner.artifact.manifestDigest === artifact.manifestDigest ? 'exists' : 'divergent';
      }
    }
    throw new VelocityError('STORAGE_UNAVAILABLE', `the local record ${key} is damaged and cannot be replaced`);
  }

  /** The newest first, each key once. A damaged record is left out, and removed. */
  async history(task: string, limit: number, options: StoreOptions): Promise<readonly LocalHistoryEntry[]> {
    const seen = new Map<CacheKey, number>();
    const prefix = historyPrefix(LOCAL_NAMESPACE, LOCAL_PLACE, task);
    for await (const object of this.#driver.list({ prefix, limit: HISTORY_KEPT, ...options })) {
      const place = placeOfObject(object.key);
      if (place?.kind === 'history' && !seen.has(place.key)) seen.set(place.key, place.createdAtMs);
      if (seen.size === limit) break;
    }
    const entries: LocalHistoryEntry[] = [];
    for (const [key, createdAtMs] of seen) {
      let isDamaged = false;
      const record = await this.read(key, options, () => (isDamaged = true));
      if (!isDamaged) entries.push({ key, createdAtMs, record });
    }
    return entries;
  }

  /** The record is there by now: without its entry a later miss is explained less well, and nothing else. */
  async #remember(entry: {
    readonly task: string;
    readonly key: CacheKey;
    readonly createdAtMs: number;
  }): Promise<void> {
    try {
      await this.#driver.create(historyObjectKey(LOCAL_NAMESPACE, LOCAL_PLACE, entry), [], { size: 0 });
    } catch (error) {
      if (!isVelocityError(error)) throw error;
    }
  }
}

export function localRecordKey(key: CacheKey): string {
  return recordObjectKey(LOCAL_NAMESPACE, LOCAL_PLACE, key);
}

export function localBlobKey(digest: Digest): string {
  return blobObjectKey(LOCAL_NAMESPACE, LOCAL_PLACE.tier, digest);
}

/** Undefined for what is no record at all. */
export async function parseRecord({ size, chunks }: ObjectBody): Promise<CacheRecord | undefined> {
  if (size > MAX_RECORD_BYTES) {
    await chunks[Symbol.asyncIterator]().return?.();
    return undefined;
  }
  const json = parseJson((await readAll(chunks, MAX_RECORD_BYTES)).toString('utf8'));
  const result = v.safeParse(recordSchema, json);
  return result.success ? result.output : undefined;
}
