import type { CacheRecord, HeadReport, ReportResult } from '@velocity/protocol';
import type { GatewayContext } from '../context.js';
import type { Principal } from '../principals.js';
import type { RecordAddress } from './record-store.js';

export interface ReportedRecord {
  readonly address: RecordAddress;
  readonly record: CacheRecord;
}

/**
 * The first record in the principal's order that starts with this blob: the one that was downloaded. Past the cache, where one may be that
 * another replica has dropped, and would hide for minutes that there is none.
 */
export async function findStarting(
  context: GatewayContext,
  { namespace, reads }: Principal,
  { key, head }: HeadReport,
): Promise<ReportedRecord | undefined> {
  for (const place of reads) {
    const address = { namespace, place, key };
    const record = await context.records.read(address);
    if (record === undefined) context.records.forgetOne(address);
    else if (record !== 'unreadable' && record.artifact.blobs[0]?.digest === head) return { address, record };
  }
  return undefined;
}

/** Looks for itself whether the artifact of a record is another one than it says, and takes the record away, but not its blobs. */
export async function settleHead(
  context: GatewayContext,
  { address, record }: ReportedRecord,
): Promise<ReportResult['status']> {
  const found = await context.heads.inspect(record);
  if (found === 'own') return 'sound';
  if (found === 'unknown') return 'unknown';
  // Another one may have taken its place while this one was read.
  const current = await context.records.read(address);
  if (current === undefined || current === 'unreadable' || !isSameRecord(current, record)) {
    context.records.forgetOne(address);
    return 'gone';
  }
  // On the wire there is no word for a record whose content is another's.
  await context.records.drop(address, found === 'damaged' ? 'dangling' : undefined);
  context.metrics.recordsDropped.inc();
  return 'removed';
}

function isSameRecord(a: CacheRecord, b: CacheRecord): boolean {
  return (
    a.createdAt === b.createdAt && a.writer === b.writer && a.artifact.blobs[0]?.digest === b.artifact.blobs[0]?.digest
  );
}
