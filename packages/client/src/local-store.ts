import { digestOfStream, isVelocityError, mapBounded, VelocityError, type CacheKey } from '@velocity/core';
import {
  DEFAULT_HISTORY_LIMIT,
  type ArtifactDescription,
  type BlobDescription,
  type CacheRecord,
} from '@velocity/protocol';
import { placeOfObject, type StorageDriver } from '@velocity/storage';
import type {
  ArtifactHit,
  ArtifactStore,
  HistoryEntry,
  HistoryOptions,
  LookupOptions,
  SaveVerdict,
  StoredArtifact,
  StoreOptions,
} from './artifact-store.js';
import { localBlobKey, LOCAL_NAMESPACE, localRecordKey, LocalRecords } from './local-records.js';
import { verifyLocalStore } from './verify-local-store.js';
import type { VerifyOptions, VerifyReport } from './verify-report.js';

/** A blob with its bytes, as packing makes it. */
export interface PackedBlob extends BlobDescription {
  readonly bytes: Uint8Array;
  /** Called when the bytes are stored: nobody reads them any more. */
  readonly free?: () => void;
}

/** What is known of an artifact before its blobs are. */
export type ArtifactSummary = Omit<ArtifactDescription, 'blobs'>;

const PARALLEL_READS = 16;
const PARALLEL_COPIES = 4;
/** Who is used again within this time counts as used already: at 1,000 hits, to say so again takes 0.2 s. */
const USED_LATELY_MS = 10 * 60_000;

/**
 * Artifacts in a storage driver, without a gateway: the agent's own store, shared by all checkouts of a user and safe for several
 * processes at once. Whoever opened the driver disposes of it.
 */
export class LocalStore implements ArtifactStore {
  readonly #driver: StorageDriver;
  readonly #records: LocalRecords;
  readonly #now: () => number;

  constructor({ driver, now }: { readonly driver: StorageDriver; readonly now: () => number }) {
    this.#driver = driver;
    this.#records = new LocalRecords(driver, now);
    this.#now = now;
  }

  /** A damaged record is a miss and is removed. @throws VelocityError `STORAGE_UNAVAILABLE` */
  async lookup(keys: readonly CacheKey[], options: LookupOptions = {}): Promise<ReadonlyMap<CacheKey, ArtifactHit>> {
    const { onDamaged, ...rest } = options;
    const hits = new Map<CacheKey, ArtifactHit>();
    await mapBounded(keys, PARALLEL_READS, async (key) => {
      const record = await this.#records.read(key, rest, onDamaged);
      if (record !== undefined) hits.set(key, this.#hit(record));
    });
    return hits;
  }

  /** What a task got lately, the newest first, each key once. @throws VelocityError `STORAGE_UNAVAILABLE` */
  async history(task: string, options: HistoryOptions = {}): Promise<readonly HistoryEntry[]> {
    const { limit = DEFAULT_HISTORY_LIMIT, ...rest } = options;
    const entries = await this.#records.history(task, limit, rest);
    return entries.map(({ key, createdAtMs, record }) => {
      const createdAt = new Date(createdAtMs).toISOString();
      if (record === undefined) return { status: 'evicted', key, createdAt };
      return { status: 'found', key, createdAt, hit: this.#hit(record) };
    });
  }

  /** Reads everything and says what is wrong; see {@link VerifyReport}. @throws VelocityError `STORAGE_UNAVAILABLE` */
  verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    return verifyLocalStore(this.#driver, this.#now, options);
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
    return this.#records.create(key, description, options);
  }

  /** Stores an artifact as it is packed: blobs first, then the record, so that a record never cites what is not there. */
  async write(
    key: CacheKey,
    summary: ArtifactSummary,
    blobs: AsyncIterable<PackedBlob>,
    options: StoreOptions = {},
  ): Promise<{ readonly verdict: SaveVerdict; readonly artifact: StoredArtifact }> {
    const described: BlobDescription[] = [];
    for await (const { digest, size, unpackedSize, bytes, free } of blobs) {
      const blob = { digest, size, unpackedSize };
      if (!(await this.#keepBlob(blob, options))) await this.#createBlob(blob, [bytes], options);
      free?.();
      described.push(blob);
    }
    const description = { ...summary, blobs: described };
    return { verdict: await this.#records.create(key, description, options), artifact: this.#stored(description) };
  }

  /** Every entry, in the order of their keys. Records that cannot be read are left out. */
  async list(options: StoreOptions = {}): Promise<readonly (ArtifactHit & { readonly key: CacheKey })[]> {
    const keys: CacheKey[] = [];
    for await (const object of this.#driver.list({ prefix: `v1/${LOCAL_NAMESPACE}/t/ac/`, ...options })) {
      const place = placeOfObject(object.key);
      if (place?.kind === 'record') keys.push(place.key);
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
    const known = await this.#driver.stat(localRecordKey(key));
    if (known !== undefined && Math.abs(this.#now() - known.modifiedAtMs) < USED_LATELY_MS) return;
    await this.#driver.touch(localRecordKey(key));
    for (const blob of artifact.description.blobs) await this.#driver.touch(localBlobKey(blob.digest));
  }

  /** Removes a broken entry: its record, and those of its blobs that are not what their names say. */
  async discard(key: CacheKey, options: StoreOptions = {}): Promise<void> {
    const record = await this.#records.read(key, options);
    await this.#driver.remove(localRecordKey(key), options);
    for (const blob of record?.artifact.blobs ?? []) {
      if (!(await this.#isSound(blob, options))) await this.#driver.remove(localBlobKey(blob.digest), options);
    }
  }

  /** Whether a blob is here. Eviction spares what was used lately: an old one must count as such before a new record cites it. */
  async #keepBlob(blob: BlobDescription, options: StoreOptions): Promise<boolean> {
    const key = localBlobKey(blob.digest);
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
    await this.#driver.create(localBlobKey(sha256), chunks, { size, sha256, ...options });
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
    const body = blob && (await this.#driver.read(localBlobKey(blob.digest), options));
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
      const body = await this.#driver.read(localBlobKey(blob.digest), options);
      if (body === undefined) return true;
      const actual = await digestOfStream(body.chunks);
      return actual.digest === blob.digest && actual.size === blob.size;
    } catch (error) {
      if (isVelocityError(error, 'STORAGE_UNAVAILABLE')) return false;
      throw error;
    }
  }
}
