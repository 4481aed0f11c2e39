import { mapBounded } from '@velocity/core';
import type { ObjectStat, StorageDriver } from '../driver.js';
import { LAYOUT_PREFIX, placeOfObject, recordPrefix } from '../object-keys.js';
import {
  type EvictionBlob,
  type EvictionPlan,
  type EvictionPolicy,
  type EvictionRecord,
  planEviction,
} from './plan-eviction.js';
import { planHistory } from './plan-history.js';
import { type ReadRecord, RecordCitations } from './record-citations.js';

export interface SweepOptions {
  /** Milliseconds since 1970 */
  readonly now: () => number;
  readonly readRecord: ReadRecord;
  readonly signal?: AbortSignal;
  /** Requests to the store at the same time. Default: 16. */
  readonly concurrency?: number;
  /** Told after each removal. */
  readonly onRemoved?: (removed: RemovedObject) => void;
}

export interface RemovedObject {
  readonly kind: 'record' | 'blob' | 'history';
  readonly key: string;
  readonly sizeBytes: number;
}

export interface SweepReport {
  readonly recordsRemoved: number;
  readonly blobsRemoved: number;
  /** Entries of tasks' histories; they have no size. */
  readonly historyRemoved: number;
  readonly bytesFreed: number;
  /** Of records and blobs that stay, those that arrived during the sweep not counted. */
  readonly bytesKept: number;
  /** Records that `readRecord` does not know: left alone, but what they cite is not protected. */
  readonly foreignRecords: number;
  /** Temporary files of writers that died. */
  readonly leftoversRemoved: number;
}

interface Context extends SweepOptions {
  readonly driver: StorageDriver;
  readonly concurrency: number;
  readonly citations: RecordCitations;
}

/** Nothing is written to a temporary file for longer than this while its writer lives. */
export const LEFTOVER_AGE_MS = 3_600_000;

interface Listed {
  readonly records: ObjectStat[];
  readonly blobs: ObjectStat[];
  readonly history: ObjectStat[];
}

/**
 * Carries out {@link planEviction} on a store, while others use it. Records go before blobs; each object is looked at again right
 * before it is removed, and stays when it was touched since; blobs that were cited by a record which came meanwhile stay. Whoever reuses
 * a blob that is older than the policy's grace must `touch` it before the record is written. Keys of another layout are left alone.
 *
 * @throws what the driver throws; nothing is removed unless the whole store could be read
 */
export async function sweep(
  driver: StorageDriver,
  policy: EvictionPolicy,
  options: SweepOptions,
): Promise<SweepReport> {
  const context: Context = {
    ...options,
    driver,
    concurrency: options.concurrency ?? 16,
    citations: new RecordCitations(driver, options.readRecord),
  };
  const leftovers = await driver.removeLeftovers?.(options.now() - LEFTOVER_AGE_MS, signalOf(context));
  const listed = await listLayout(context);
  const records = await citationsOf(context, listed.records);
  const plan = planEviction({ records, blobs: listed.blobs.map(blobEntry) }, policy, options.now());

  const recordsRemoved = await removeUnused(context, 'record', plan.records);
  const citedNow = await citedMeanwhile(context, plan);
  const blobsRemoved = await removeUnused(
    context,
    'blob',
    plan.blobs.filter((blob) => !citedNow.has(blob.key)),
  );
  const historyRemoved = await removeHistory(context, policy, { listed, recordsRemoved });
  const bytesFreed = sizeOf(recordsRemoved) + sizeOf(blobsRemoved);
  return {
    recordsRemoved: recordsRemoved.length,
    blobsRemoved: blobsRemoved.length,
    historyRemoved,
    bytesFreed,
    bytesKept: [...listed.records, ...listed.blobs].reduce((sum, { size }) => sum + size, 0) - bytesFreed,
    foreignRecords: listed.records.length - records.length,
    leftoversRemoved: leftovers?.count ?? 0,
  };
}

async function listLayout(context: Context): Promise<Listed> {
  const listed: Listed = { records: [], blobs: [], history: [] };
  for await (const object of context.driver.list({ prefix: LAYOUT_PREFIX, ...signalOf(context) })) {
    const kind = placeOfObject(object.key)?.kind;
    if (kind === 'record') listed.records.push(object);
    if (kind === 'blob') listed.blobs.push(object);
    if (kind === 'history') listed.history.push(object);
  }
  return listed;
}

async function citationsOf(context: Context, records: readonly ObjectStat[]): Promise<EvictionRecord[]> {
  const entries = await mapBounded(records, context.concurrency, async (record) => {
    context.signal?.throwIfAborted();
    return context.citations.entryOf(record, signalOf(context));
  });
  return entries.filter((entry) => entry !== undefined);
}

/** What the records of the affected pools cite by now: some were kept after all, some have come since the listing. */
async function citedMeanwhile(context: Context, plan: EvictionPlan): Promise<Set<string>> {
  const places = plan.blobs.map((blob) => placeOfObject(blob.key)).filter((place) => place !== undefined);
  const cited = new Set<string>();
  for (const prefix of new Set(places.map(recordPrefix))) {
    const records: ObjectStat[] = [];
    for await (const object of context.driver.list({ prefix, ...signalOf(context) })) {
      if (placeOfObject(object.key)?.kind === 'record') records.push(object);
    }
    for (const record of await citationsOf(context, records)) for (const blob of record.blobs) cited.add(blob);
  }
  return cited;
}

async function removeUnused<T extends EvictionRecord | EvictionBlob>(
  context: Context,
  kind: RemovedObject['kind'],
  entries: readonly T[],
): Promise<T[]> {
  const removed = await mapBounded(entries, context.concurrency, async (entry) => {
    context.signal?.throwIfAborted();
    const { key, sizeBytes } = entry;
    const stat = await context.driver.stat(key, signalOf(context));
    if (stat === undefined || isLater(stat.modifiedAtMs, entry.modifiedAtMs)) return undefined;
    await context.driver.remove(key, signalOf(context));
    context.onRemoved?.({ kind, key, sizeBytes });
    return entry;
  });
  return removed.filter((entry) => entry !== undefined);
}

/** Nobody renews or relies on an entry, so each goes without a second look. Returns how many went. */
async function removeHistory(
  context: Context,
  policy: EvictionPolicy,
  done: { readonly listed: Listed; readonly recordsRemoved: readonly EvictionRecord[] },
): Promise<number> {
  const keptRecords = new Set(done.listed.records.map(({ key }) => key));
  for (const { key } of done.recordsRemoved) keptRecords.delete(key);
  const surplus = planHistory(done.listed.history, keptRecords, { policy, nowMs: context.now() });
  await mapBounded(surplus, context.concurrency, async ({ key, size }) => {
    context.signal?.throwIfAborted();
    await context.driver.remove(key, signalOf(context));
    context.onRemoved?.({ kind: 'history', key, sizeBytes: size });
  });
  return surplus.length;
}

/** S3 tells milliseconds in listings and seconds for one object. */
function isLater(aMs: number, bMs: number): boolean {
  return Math.floor(aMs / 1000) > Math.floor(bMs / 1000);
}

function blobEntry({ key, size, modifiedAtMs }: ObjectStat): EvictionBlob {
  return { key, sizeBytes: size, modifiedAtMs };
}

function sizeOf(entries: readonly { readonly sizeBytes: number }[]): number {
  return entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function signalOf({ signal }: SweepOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
