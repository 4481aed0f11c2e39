import { mapBounded } from '@velocity/core';
import type { CacheKey } from '@velocity/core';
import type { HistoryEntryResult, HistoryItemResult, HistoryRequest } from '@velocity/protocol';
import type { RecordPlace } from '@velocity/storage';
import type { GatewayContext } from '../context.js';
import type { Principal } from '../principals.js';
import { answerBatch } from './answer-batch.js';
import { vendDownloads } from './vend-downloads.js';

/** Tasks at once; each has one listing or a few records under way. */
const CONCURRENCY = 16;
const PARALLEL_RECORDS = 4;

type HistoryItem = HistoryRequest['items'][number];

/**
 * What tasks got lately, in the order of the items: scopes as the principal reads them, the newest first in each, every key once. Looking
 * back is no use: it renews nothing and counts as neither hit nor miss.
 *
 * @throws VelocityError `STORAGE_UNAVAILABLE` when an outage left no item with an answer
 */
export function answerHistory(
  context: GatewayContext,
  principal: Principal,
  items: HistoryRequest['items'],
): Promise<HistoryItemResult[]> {
  return answerBatch(items, { concurrency: CONCURRENCY, logger: context.logger, principal }, async (item) => ({
    task: item.task,
    entries: await entriesOf(context, principal, item),
  }));
}

async function entriesOf(
  context: GatewayContext,
  { namespace, reads }: Principal,
  { task, limit }: HistoryItem,
): Promise<HistoryEntryResult[]> {
  const entries: HistoryEntryResult[] = [];
  for (const place of reads) {
    const newest = await context.history.newest({ namespace, place, task }, limit);
    const found = await mapBounded(newest, PARALLEL_RECORDS, ([key, createdAtMs]) =>
      entryOf(context, { namespace, place, key, createdAtMs }),
    );
    entries.push(...found.filter((entry) => entry !== undefined));
  }
  return eachKeyOnce(entries);
}

interface Address {
  readonly namespace: string;
  readonly place: RecordPlace;
  readonly key: CacheKey;
  readonly createdAtMs: number;
}

/** Undefined for a record that is damaged: it is neither there nor evicted. */
async function entryOf(
  context: GatewayContext,
  { createdAtMs, ...address }: Address,
): Promise<HistoryEntryResult | undefined> {
  const { key } = address;
  const record = await context.records.find(address);
  if (record === 'unreadable') return undefined;
  if (record === undefined) return { status: 'evicted', key, createdAt: new Date(createdAtMs).toISOString() };
  const { blobs } = await vendDownloads(context, record);
  return { status: 'found', key, createdAt: record.createdAt, record, blobs };
}

/** One that is still there wins over one that was evicted in another scope; else the first. */
function eachKeyOnce(entries: readonly HistoryEntryResult[]): HistoryEntryResult[] {
  const chosen = new Map<CacheKey, HistoryEntryResult>();
  for (const entry of entries) {
    if (chosen.get(entry.key)?.status !== 'found' && (entry.status === 'found' || !chosen.has(entry.key))) {
      chosen.set(entry.key, entry);
    }
  }
  return entries.filter((entry) => chosen.get(entry.key) === entry);
}
