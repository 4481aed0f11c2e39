import { mapBounded, type CacheKey, type Digest } from '@velocity/core';
import type { BlobDescription, CacheRecord } from '@velocity/protocol';
import { LAYOUT_PREFIX, LEFTOVER_AGE_MS, placeOfObject, type Leftovers, type StorageDriver } from '@velocity/storage';
import { LOCAL_NAMESPACE, LOCAL_PLACE, localBlobKey, localRecordKey } from './local-records.js';
import { Repair } from './repair-local-store.js';
import { blobStateOf, recordStateOf, type BlobState, type StateOptions } from './stored-state.js';
import type { AffectedResult, DamagedObject, DamageProblem, VerifyOptions, VerifyReport } from './verify-report.js';

/** Hashing takes one core whatever this is; the disk is to have the next piece ready. */
const PARALLEL_BLOBS = 4;
const PARALLEL_RECORDS = 16;

interface Listed {
  readonly records: CacheKey[];
  readonly blobs: Digest[];
  readonly foreign: string[];
  readonly bytes: number;
}

/** A blob as it was found, and what of the records that cite it. */
interface FoundBlob {
  readonly state: BlobState;
  readonly affects: AffectedResult[];
  isCited: boolean;
  hasOtherSize: boolean;
}

interface FoundRecord {
  readonly key: CacheKey;
  readonly problem: DamageProblem;
  readonly task: string | undefined;
}

/**
 * Reads every blob and record of a local store while others may use it. Holds names and verdicts in memory, a few hundred bytes for each
 * object, and of contents what four streams have under way.
 *
 * @throws VelocityError `STORAGE_UNAVAILABLE` for a store that does not answer, or cannot be written to by a repair; the signal's reason
 */
export async function verifyLocalStore(
  driver: StorageDriver,
  now: () => number,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const { repair = false, onProgress, signal } = options;
  const store = signal === undefined ? {} : { signal };
  const listed = await listStore(driver, store);
  let bytesRead = 0;
  const onBytes = (bytes: number): void => {
    bytesRead += bytes;
    onProgress?.({ bytesRead, bytesTotal: listed.bytes });
  };

  const blobs = await readBlobs(driver, listed.blobs, { ...store, onBytes });
  const records = await readRecords(driver, { keys: listed.records, blobs }, { ...store, onBytes });
  const repairer = repair ? new Repair(driver, store) : undefined;
  const damage = [...(await settleBlobs(blobs, repairer)), ...(await settleRecords(records.damaged, repairer))];
  const garbage = [...blobs.values()].filter(({ isCited, state }) => !isCited && state.status === 'sound');
  return {
    records: records.count,
    blobs: [...blobs.values()].filter(({ state }) => state.status !== 'absent').length,
    bytesRead,
    damage,
    foreign: listed.foreign,
    garbage: {
      count: garbage.length,
      bytes: garbage.reduce((sum, { state }) => sum + ('size' in state ? state.size : 0), 0),
    },
    leftovers: await leftoversOf(driver, now() - LEFTOVER_AGE_MS, options),
    removed: repairer?.removed ?? { records: 0, blobs: 0 },
  };
}

/** Only what lies below the layout's root: others may keep things of theirs beside it. */
async function listStore(driver: StorageDriver, options: StateOptions): Promise<Listed> {
  const [records, blobs, foreign]: [CacheKey[], Digest[], string[]] = [[], [], []];
  let bytes = 0;
  for await (const object of driver.list({ prefix: LAYOUT_PREFIX, ...options })) {
    const place = placeOfObject(object.key);
    if (place?.namespace !== LOCAL_NAMESPACE || place.tier !== LOCAL_PLACE.tier) foreign.push(object.key);
    else if (place.kind !== 'history') {
      if (place.kind === 'record') records.push(place.key);
      else blobs.push(place.digest);
      bytes += object.size;
    }
  }
  return { records, blobs, foreign, bytes };
}

async function readBlobs(
  driver: StorageDriver,
  digests: readonly Digest[],
  options: StateOptions,
): Promise<Map<Digest, FoundBlob>> {
  const found = await mapBounded(digests, PARALLEL_BLOBS, async (digest): Promise<[Digest, FoundBlob]> => {
    options.signal?.throwIfAborted();
    const state = await blobStateOf(driver, digest, options);
    return [digest, { state, affects: [], isCited: false, hasOtherSize: false }];
  });
  return new Map(found);
}

async function readRecords(
  driver: StorageDriver,
  { keys, blobs }: { readonly keys: readonly CacheKey[]; readonly blobs: ReadonlyMap<Digest, FoundBlob> },
  options: StateOptions,
): Promise<{ readonly damaged: FoundRecord[]; readonly count: number }> {
  const damaged: FoundRecord[] = [];
  let count = 0;
  await mapBounded(keys, PARALLEL_RECORDS, async (key) => {
    options.signal?.throwIfAborted();
    const state = await recordStateOf(driver, key, options);
    if (state.status === 'absent') return;
    count += 1;
    if (state.status !== 'sound') damaged.push({ key, problem: `record-${state.status}`, task: undefined });
    else if (await isDangling(driver, { record: state.record, blobs }, options)) {
      damaged.push({ key, problem: 'record-dangling', task: state.record.artifact.task });
    }
  });
  return { damaged, count };
}

/** Notes with each blob that the record cites it. */
async function isDangling(
  driver: StorageDriver,
  { record, blobs }: { readonly record: CacheRecord; readonly blobs: ReadonlyMap<Digest, FoundBlob> },
  options: StateOptions,
): Promise<boolean> {
  const { task } = record.artifact;
  let isMissing = false;
  for (const cited of uniqueBlobs(record)) {
    const blob = blobs.get(cited.digest);
    if (blob === undefined || blob.state.status === 'absent') {
      // It may have come, or come back, since the listing.
      const stat = await driver.stat(localBlobKey(cited.digest), options);
      isMissing ||= stat?.size !== cited.size;
      continue;
    }
    blob.isCited = true;
    if (blob.state.status === 'sound') isMissing ||= blob.state.size !== cited.size;
    else {
      blob.affects.push({ key: record.key, task });
      blob.hasOtherSize ||= 'size' in blob.state && blob.state.size !== cited.size;
    }
  }
  return isMissing;
}

async function settleBlobs(
  blobs: ReadonlyMap<Digest, FoundBlob>,
  repair: Repair | undefined,
): Promise<DamagedObject[]> {
  const damage: DamagedObject[] = [];
  for (const [digest, blob] of blobs) {
    if (blob.state.status === 'sound' || blob.state.status === 'absent') continue;
    if (repair !== undefined && !(await repair.removeBlob(digest, blob.affects))) continue;
    const problem = blob.state.status === 'unreadable' ? 'blob-unreadable' : wrongness(blob);
    const affects = blob.affects.sort(byKey);
    damage.push({ problem, objectKey: localBlobKey(digest), affects, isRemoved: repair !== undefined });
  }
  return damage;
}

async function settleRecords(records: readonly FoundRecord[], repair: Repair | undefined): Promise<DamagedObject[]> {
  const damage: DamagedObject[] = [];
  for (const { key, problem, task } of [...records].sort(byKey)) {
    if (repair !== undefined && !(await repair.removeRecord(key))) continue;
    const objectKey = localRecordKey(key);
    damage.push({ problem, objectKey, affects: [{ key, task }], isRemoved: repair !== undefined });
  }
  return damage;
}

async function leftoversOf(driver: StorageDriver, beforeMs: number, options: VerifyOptions): Promise<Leftovers> {
  const { repair = false, signal } = options;
  const store = signal === undefined ? {} : { signal };
  const found = repair
    ? await driver.removeLeftovers?.(beforeMs, store)
    : await driver.findLeftovers?.(beforeMs, store);
  return found ?? { count: 0, bytes: 0 };
}

/** A record may cite a blob more than once. */
function uniqueBlobs({ artifact }: CacheRecord): Iterable<BlobDescription> {
  return new Map(artifact.blobs.map((blob) => [blob.digest, blob])).values();
}

function wrongness({ hasOtherSize }: FoundBlob): DamageProblem {
  return hasOtherSize ? 'blob-size' : 'blob-digest';
}

function byKey(a: { readonly key: CacheKey }, b: { readonly key: CacheKey }): number {
  return a.key < b.key ? -1 : 1;
}
