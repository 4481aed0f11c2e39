import type { CacheKey } from '@velocity/core';
import type { ArtifactDescription, Damage } from '@velocity/protocol';

export interface StoreOptions {
  readonly signal?: AbortSignal;
}

export interface LookupOptions extends StoreOptions {
  /**
   * Told of each key that is a miss because its record is damaged: `unreadable`, or `dangling` when its blobs are known to be gone or
   * wrong. Not every damage shows before blobs are read. Must not throw.
   */
  readonly onDamaged?: (key: CacheKey, problem: Damage) => void;
}

export interface HistoryOptions extends StoreOptions {
  /** Entries of each scope, at most 10. Default: 3. */
  readonly limit?: number;
}

/** An artifact that is somewhere: what it consists of, and its blobs one by one. */
export interface StoredArtifact {
  readonly description: ArtifactDescription;
  /**
   * The compressed bytes of one blob of the description. Nothing is opened or requested before the first of them is asked for, and what
   * goes wrong is thrown then or later: VelocityError `ARTIFACT_CORRUPT` when the blob is gone, an outage otherwise. A remote one that
   * ends normally has its length and digest; a local one is as the disk has it, for the reader to check.
   */
  openBlob(index: number, options?: StoreOptions): Promise<AsyncIterable<Uint8Array>>;
}

/** A stored artifact that was found under a cache key. */
export interface ArtifactHit extends StoredArtifact {
  readonly tier: 'local' | 'remote';
  /** Who stored it and when (ISO 8601), for people. */
  readonly origin: { readonly writer: string; readonly scope: string; readonly createdAt: string };
  /**
   * Of a remote one: says that what its blobs unpack to is not the artifact that its description is of, or not that of its key. The gateway
   * looks for itself, and takes the record away, so that the result that is made instead can take its place. Never throws for a gateway
   * that does not answer. A local one is to be discarded.
   */
  readonly reportForeign?: (options?: StoreOptions) => Promise<void>;
}

/** A result that a task once got: still there, or evicted since. `createdAt` is ISO 8601. */
export type HistoryEntry =
  | { readonly status: 'found'; readonly key: CacheKey; readonly createdAt: string; readonly hit: ArtifactHit }
  | { readonly status: 'evicted'; readonly key: CacheKey; readonly createdAt: string };

/**
 * `saved`: it is stored now. `exists`: the same artifact was there. `divergent`: another one was there and stays. `refused`: this
 * caller may not write.
 */
export type SaveVerdict = 'saved' | 'exists' | 'divergent' | 'refused';

/** Where artifacts are looked up and kept. A key that is not in the answer of `lookup` is a miss. */
export interface ArtifactStore {
  lookup(keys: readonly CacheKey[], options?: LookupOptions): Promise<ReadonlyMap<CacheKey, ArtifactHit>>;
  save(key: CacheKey, artifact: StoredArtifact, options?: StoreOptions): Promise<SaveVerdict>;
}
