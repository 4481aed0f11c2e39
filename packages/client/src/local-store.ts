import {
  digestOfStream,
  isCacheKey,
  isVelocityError,
  mapBounded,
  VelocityError,
  type CacheKey,
  type Digest,
} from '@velocity/core';
import { recordSchema, type ArtifactDescription, type BlobDescription, type CacheRecord } from '@velocity/protocol';
import { blobObjectKey, recordObjectKey, type ObjectBody, type StorageDriver } from '@velocity/storage';
import * as v from 'valibot';
import type { ArtifactHit, ArtifactStore, SaveVerdict, StoredArtifact, StoreOptions } from './artifact-store.js';
import { parseJson } from './parse-answer.js';
import { readAll } from './read-body.js';

/** A blob with its bytes, as packing makes it. */
export interface PackedBlob extends BlobDescription {
  readonly bytes: Uint8Array;
}

/** What is known of an artifact before its blobs are. */
export type ArtifactSummary = Omit<ArtifactDescription, 'blobs'>;

const NAMESPACE = 'local';
const SCOPE = 'trusted';
const PARALLEL_READS = 16;
const PARALLEL_COPIES = 4;
const MAX_RECORD_BYTES = 8 * 1024 * 1024;
/** A record that is damaged, or goes while it is looked at, is out of the way for the next attempt. */
const RECORD_ATTEMPTS = 3;

/**
 * Artifacts in a storage driver, without a gateway: the agent's own store, shared by all checkouts of a user and safe for several
 * processes at once. Whoever opened the driver disposes of it.
 */
export class LocalStore implements ArtifactStore {
  readonly #driver: StorageDriver;
  readonly #now: () => number;

  constructor(options: { readonly driver: StorageDriver; readonly now: () => number }) {
    this.#driver = options.driver;
    this.#now = options.now;
  }

  /** A damaged record is a miss and is removed. @throws VelocityError `STORAGE_UNAVAILABLE` */
  async lookup(keys: readonly CacheKey[], options: StoreOptions = {}): Promise<ReadonlyMap<CacheKey, ArtifactHit>> {
    const hits = new Map<CacheKey, ArtifactHit>();
    await mapBounded(keys, PARALLEL_READS, async (key) => {
      const record = await this.#readRecord(key, options);
      if (record !== undefined) hits.set(key, this.#hit(record));
    });
    return hits;
  }

  /**
   * Copies an artifact from elsewhere, blob by blob; those that are here are not read.
   * @throws VelocityError `STORAGE_FULL`, `STORAGE_UNAVAILABLE`; whatever reading the artifact's blobs threw. There is no new record then
   */
  async save(key: CacheKey, artifact: StoredArtifact, options: StoreOptions = {}): Promise<SaveVerdict> {
    const { description } = artifact;
    await mapBounded(description.blobs.entries(), PARALLEL_COPIES, async ([index, blob]) => {
      if (await this.#keepBlob(blob, options)) return;
      await this.#createBlob(blob, await artifact.openBlob(index, options), options);
    });
    return this.#createRecord(key, description, options);
  }

  /** Stores an artifact as it is packed: blobs first, then the record, so that a record never cites what is not there. */
  async write(
    key: CacheKey,
    summary: ArtifactSummary,
    blobs: AsyncIterable<PackedBlob>,
    options: StoreOptions = {},
  ): Promise<{ readonly verdict: SaveVerdict; readonly artifact: StoredArtifact }> {
    const described: BlobDescription[] = [];
    for await (const { digest, size, unpackedSize, bytes } of blobs) {
      const blob = { digest, size, unpackedSize };
      if (!(await this.#keepBlob(blob, options))) await this.#createBlob(blob, [bytes], options);
      described.push(blob);
    }
    const description = { ...summary, blobs: described };
    return { verdict: await this.#createRecord(key, description, options), artifact: this.#stored(description) };
  }

  /** Every entry, in the order of their keys. Records that cannot be read are left out. */
  async list(options: StoreOptions = {}): Promise<readonly (ArtifactHit & { readonly key: CacheKey })[]> {
    const keys: CacheKey[] = [];
    for await (const object of this.#driver.list({ prefix: `v1/${NAMESPACE}/t/ac/`, ...options })) {
      const name = object.key.slice(object.key.lastIndexOf('/') + 1);
      if (isCacheKey(name)) keys.push(name);
    }
    const hits = await this.lookup(keys, options);
    return keys.flatMap((key) => {
      const hit = hits.get(key);
      return hit === undefined ? [] : [{ ...hit, key }];
    });
  }

  /** Marks an entry as used, so that eviction takes others first. */
  async touch(key: CacheKey, artifact: StoredArtifact): Promise<void> {
    if (this.#driver.touch === undefined) return;
    await this.#driver.touch(this.#recordKey(key));
    for (const blob of artifact.description.blobs) await this.#driver.touch(this.#blobKey(blob.digest));
  }

  /** Removes a broken entry: its record, and those of its blobs that are not what their names say. */
  async discard(key: CacheKey, options: StoreOptions = {}): Promise<void> {
    const record = await this.#readRecord(key, options);
    await this.#driver.remove(this.#recordKey(key), options);
    for (const blob of record?.artifact.blobs ?? []) {
      if (!(await this.#isSound(blob, options))) await this.#driver.remove(this.#blobKey(blob.digest), options);
    }
  }

  async #readRecord(key: CacheKey, options: StoreOptions): Promise<CacheRecord | undefined> {
    const objectKey = this.#recordKey(key);
    const body = await this.#driver.read(objectKey, options);
    if (body === undefined) return undefined;
    const record = await parseRecord(body);
    if (record?.key === key) return record;
    // Damaged or foreign: without it the key is a miss, and the next result can take its place.
    try {
      await this.#driver.remove(objectKey, options);
    } catch (error) {
      // A store that cannot be written to: still a miss, and not a reason to fail.
      if (!isVelocityError(error, 'STORAGE_UNAVAILABLE')) throw error;
    }
    return undefined;
  }

  /** Whether a blob is here. Eviction spares what was used lately: an old one must count as such before a new record cites it. */
  async #keepBlob(blob: BlobDescription, options: StoreOptions): Promise<boolean> {
    const key = this.#blobKey(blob.digest);
    const stat = await this.#driver.stat(key, options);
    if (stat?.size === blob.size) {
      await this.#driver.touch?.(key, options);
      return true;
    }
    if (stat !== undefined) await this.#driver.remove(key, options);
    return false;
  }

  async #createBlob(
    blob: BlobDescription,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options: StoreOptions,
  ): Promise<void> {
    const { digest: sha256, size } = blob;
    await this.#driver.create(this.#blobKey(sha256), chunks, { size, sha256, ...options });
  }

  async #createRecord(key: CacheKey, artifact: ArtifactDescription, options: StoreOptions): Promise<SaveVerdict> {
    const record: CacheRecord = {
      version: 1,
      key,
      namespace: NAMESPACE,
      tier: 'trusted',
      scope: SCOPE,
      artifact,
      createdAt: new Date(this.#now()).toISOString(),
      writer: 'local',
    };
    const body = Buffer.from(JSON.stringify(record));
    for (let attempt = 0; attempt < RECORD_ATTEMPTS; attempt++) {
      const result = await this.#driver.create(this.#recordKey(key), [body], { size: body.byteLength, ...options });
      if (result === 'created') return 'saved';
      const winner = await this.#readRecord(key, options);
      if (winner !== undefined) {
        return winner.artifact.manifestDigest === artifact.manifestDigest ? 'exists' : 'divergent';
      }
    }
    throw new VelocityError('STORAGE_UNAVAILABLE', `the local record ${key} is damaged and cannot be replaced`);
  }

  #hit(record: CacheRecord): ArtifactHit {
    const { writer, scope, createdAt } = record;
    return { ...this.#stored(record.artifact), tier: 'local', origin: { writer, scope, createdAt } };
  }

  #stored(description: ArtifactDescription): StoredArtifact {
    return { description, openBlob: async (index, options = {}) => this.#readBlob(description.blobs[index], options) };
  }

  /** Opens the file only when the first byte is asked for: nothing is held open for who never asks. */
  async *#readBlob(blob: BlobDescription | undefined, options: StoreOptions): AsyncGenerator<Uint8Array> {
    const body = blob && (await this.#driver.read(this.#blobKey(blob.digest), options));
    if (body === undefined) {
      throw new VelocityError(
        'ARTIFACT_CORRUPT',
        `blob ${blob?.digest ?? 'of another artifact'} is gone from the local store`,
      );
    }
    yield* body.chunks;
  }

  async #isSound(blob: BlobDescription, options: StoreOptions): Promise<boolean> {
    try {
      const body = await this.#driver.read(this.#blobKey(blob.digest), options);
      if (body === undefined) return true;
      const actual = await digestOfStream(body.chunks);
      return actual.digest === blob.digest && actual.size === blob.size;
    } catch (error) {
      if (isVelocityError(error, 'STORAGE_UNAVAILABLE')) return false;
      throw error;
    }
  }

  #recordKey(key: CacheKey): string {
    return recordObjectKey(NAMESPACE, { tier: 'trusted' }, key);
  }

  #blobKey(digest: Digest): string {
    return blobObjectKey(NAMESPACE, 'trusted', digest);
  }
}

async function parseRecord({ size, chunks }: ObjectBody): Promise<CacheRecord | undefined> {
  if (size > MAX_RECORD_BYTES) {
    await chunks[Symbol.asyncIterator]().return?.();
    return undefined;
  }
  const json = parseJson((await readAll(chunks, MAX_RECORD_BYTES)).toString('utf8'));
  const result = v.safeParse(recordSchema, json);
  return result.success ? result.output : undefined;
}
