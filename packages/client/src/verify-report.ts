import type { CacheKey } from '@velocity/core';
import type { Leftovers } from '@velocity/storage';
import type { StoreOptions } from './artifact-store.js';

export interface VerifyOptions extends StoreOptions {
  /** Removes what is damaged and the records that cite it; each is looked at once more right before. Default: false. */
  readonly repair?: boolean;
  /** After each piece that was read. Must not throw. */
  readonly onProgress?: (progress: VerifyProgress) => void;
}

export interface VerifyProgress {
  readonly bytesRead: number;
  /** What the store had when it was listed. */
  readonly bytesTotal: number;
}

/**
 * `record-unreadable`: no record at all, or the disk does not give it. `record-misplaced`: one of another key or store.
 * `record-dangling`: cites a blob that is not there, or not of that size. `blob-size`, `blob-digest`: other bytes than its name says, as
 * the length shows or only the digest. `blob-unreadable`: the disk does not give it.
 */
export type DamageProblem =
  | 'record-unreadable'
  | 'record-misplaced'
  | 'record-dangling'
  | 'blob-size'
  | 'blob-digest'
  | 'blob-unreadable';

/** A result that cannot be restored. */
export interface AffectedResult {
  readonly key: CacheKey;
  /** `web#build`; undefined where the record does not say. */
  readonly task: string | undefined;
}

export interface DamagedObject {
  readonly problem: DamageProblem;
  readonly objectKey: string;
  /** None for a blob that no record cites. */
  readonly affects: readonly AffectedResult[];
  readonly isRemoved: boolean;
}

/** What a look at every byte of a local store has found. */
export interface VerifyReport {
  /** Objects that were read. */
  readonly records: number;
  readonly blobs: number;
  readonly bytesRead: number;
  /** In the order of the object keys, blobs first. What healed while it was looked at is left out. */
  readonly damage: readonly DamagedObject[];
  /** Keys of objects that are none of this store's: never removed. */
  readonly foreign: readonly string[];
  /** Sound blobs that no record cites. No damage: they may be on their way into a record, and eviction takes them. */
  readonly garbage: { readonly count: number; readonly bytes: number };
  /** Temporary files that nobody has written to for an hour: removed by a repair. */
  readonly leftovers: Leftovers;
  /** By the repair, those that only cited something damaged included. */
  readonly removed: { readonly records: number; readonly blobs: number };
}
