import { compareCodeUnits } from '@velocity/core';

export interface EvictionPolicy {
  /** Records that nobody has used for this long go. Default: no limit. */
  readonly maxAgeMs?: number;
  /** Records go, least recently used first, until they and what they cite fit. Default: no limit. */
  readonly maxTotalBytes?: number;
  /**
   * Nothing younger than this goes: it may be on its way into a record, by a ticket or URL that is still good. So a store may exceed its
   * size by what came in during this time. Default: 24 hours.
   */
  readonly graceMs?: number;
}

export interface EvictionRecord {
  readonly key: string;
  readonly sizeBytes: number;
  /** When it was last written or touched. */
  readonly modifiedAtMs: number;
  /** Keys of the blobs it cites. */
  readonly blobs: readonly string[];
}

export interface EvictionBlob {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

export interface EvictionEntries {
  readonly records: readonly EvictionRecord[];
  readonly blobs: readonly EvictionBlob[];
}

/** What is to go: all of the records before the first blob. */
export interface EvictionPlan {
  readonly records: readonly EvictionRecord[];
  readonly blobs: readonly EvictionBlob[];
}

export const DEFAULT_GRACE_MS = 24 * 3_600_000;

/**
 * Which records and blobs are to go: records that are too old, then records that cite a blob which is not there (they can only miss, and
 * keep a good one from being stored), then the least recently used until the rest fits; and every blob that no remaining record cites.
 * Blobs that no record cites do not count against the size: they go by themselves once their grace is over.
 */
export function planEviction(entries: EvictionEntries, policy: EvictionPolicy, nowMs: number): EvictionPlan {
  const youngSinceMs = nowMs - (policy.graceMs ?? DEFAULT_GRACE_MS);
  const isYoung = (entry: { readonly modifiedAtMs: number }): boolean => entry.modifiedAtMs > youngSinceMs;
  const expiredSinceMs = nowMs - (policy.maxAgeMs ?? Number.POSITIVE_INFINITY);
  const blobSizes = new Map(entries.blobs.map((blob) => [blob.key, blob.sizeBytes]));
  const isUseless = (record: EvictionRecord): boolean =>
    record.modifiedAtMs < expiredSinceMs || record.blobs.some((blob) => !blobSizes.has(blob));

  const [useless, useful] = partition(entries.records, (record) => !isYoung(record) && isUseless(record));
  const usage = new Usage(useful, blobSizes);
  const surplus: EvictionRecord[] = [];
  for (const record of [...useful].sort(leastRecentlyUsedFirst)) {
    if (usage.bytes <= (policy.maxTotalBytes ?? Number.POSITIVE_INFINITY)) break;
    if (isYoung(record)) break;
    usage.remove(record);
    surplus.push(record);
  }
  return {
    records: [...useless, ...surplus],
    blobs: entries.blobs.filter((blob) => !isYoung(blob) && !usage.isCited(blob.key)),
  };
}

/** The bytes of some records and of the blobs they cite, each blob once. */
class Usage {
  readonly #blobSizes: ReadonlyMap<string, number>;
  readonly #citations = new Map<string, number>();
  bytes = 0;

  constructor(records: readonly EvictionRecord[], blobSizes: ReadonlyMap<string, number>) {
    this.#blobSizes = blobSizes;
    for (const record of records) {
      this.bytes += record.sizeBytes;
      for (const blob of new Set(record.blobs)) {
        const count = this.#citations.get(blob) ?? 0;
        this.#citations.set(blob, count + 1);
        if (count === 0) this.bytes += this.#blobSizes.get(blob) ?? 0;
      }
    }
  }

  remove(record: EvictionRecord): void {
    this.bytes -= record.sizeBytes;
    for (const blob of new Set(record.blobs)) {
      const count = (this.#citations.get(blob) ?? 0) - 1;
      this.#citations.set(blob, count);
      if (count === 0) this.bytes -= this.#blobSizes.get(blob) ?? 0;
    }
  }

  isCited(blob: string): boolean {
    return (this.#citations.get(blob) ?? 0) > 0;
  }
}

function leastRecentlyUsedFirst(a: EvictionRecord, b: EvictionRecord): number {
  return a.modifiedAtMs - b.modifiedAtMs || compareCodeUnits(a.key, b.key);
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  const [first, second]: [T[], T[]] = [[], []];
  for (const item of items) (isFirst(item) ? first : second).push(item);
  return [first, second];
}
