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
import { blobObjectKey, recordObjectKey, type StorageDriver } from '@velocity/storage';
import * as v from 'valibot';
import type { ArtifactHit, ArtifactStore, SaveVerdict, StoredArtifact, StoreOptions } from './artifact-store.js';
import { readAll } from './http-request.js';

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

  async lookup(keys: readonly CacheKey[], options: StoreOptions = {}): Promise<ReadonlyMap<CacheKey, ArtifactHit>> {
    const hits = new Map<CacheKey, ArtifactHit>();
    await mapBounded(keys, PARALLEL_READS, async (key) => {
      const record = await this.#readRecord(key, options);
      if (record !== undefined) hits.set(key, this.#hit(record));
    });
    return hits;
  }

  /** Copies an artifact from elsewhere, blob by blob. */
  async save(key: CacheKey, artifact: StoredArtifact, options: StoreOptions = {}): Promise<SaveVerdict> {
    const { description } = artifact;
    await mapBounded(description.blobs.entries(), PARALLEL_COPIES, async ([index, blob]) => {
      if ((await this.#driver.stat(this.#blobKey(blob.digest), options)) !== undefined) {
        await this.#driver.touch?.(this.#blobKey(blob.digest), options);
        return;
      }
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
      await this.#createBlob(blob, [bytes], options);
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
    const body = await this.#driver.read(this.#recordKey(key), options);
    if (body === undefined) return undefined;
    const record = parseRecord(await readAll(body.chunks, MAX_RECORD_BYTES));
    if (record !== undefined && record.key === key) return record;
    // Damaged or foreign: without it the key is a miss, and the next result can take its place.
    await this.#driver.remove(this.#recordKey(key), options);
    return undefined;
  }

  async #createBlob(
    blob: BlobDescription,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options: StoreOptions,
  ): Promise<void> {
    const key = this.#blobKey(blob.digest);
    const result = await this.#driver.create(key, chunks, { size: blob.size, sha256: blob.digest, ...options });
    // Eviction spares what was used lately: an old blob must count as such before a new record cites it.
    if (result === 'exists') await this.#driver.touch?.(key, options);
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
    const result = await this.#driver.create(this.#recordKey(key), [body], { size: body.byteLength, ...options });
    if (result === 'created') return 'saved';
    const winner = await this.#readRecord(key, options);
    return winner?.artifact.manifestDigest === artifact.manifestDigest ? 'exists' : 'divergent';
  }

  #hit(record: CacheRecord): ArtifactHit {
    const { writer, scope, createdAt } = record;
    return { ...this.#stored(record.artifact), tier: 'local', origin: { writer, scope, createdAt } };
  }

  #stored(description: ArtifactDescription): StoredArtifact {
    return {
      description,
      openBlob: async (index, options = {}) => {
        const blob = description.blobs[index];
        const body = blob && (await this.#driver.read(this.#blobKey(blob.digest), options));
        if (body !== undefined) return body.chunks;
        throw new VelocityError('ARTIFACT_CORRUPT', `blob ${blob?.digest ?? index} is gone from the local store`);
      },
    };
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

function parseRecord(bytes: Buffer): CacheRecord | undefined {
  try {
    const result = v.safeParse(recordSchema, JSON.parse(bytes.toString('utf8')));
    return result.success ? result.output : undefined;
  } catch {
    // Not JSON: not a record.
    return undefined;
  }
}
