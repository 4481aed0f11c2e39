import { mapBounded } from '@velocity/core';
import type { CacheKey, Digest } from '@velocity/core';
import type { CacheRecord, ReportRequest, ReportResult } from '@velocity/protocol';
import type { GatewayContext } from '../context.js';
import { scopeOf } from '../principals.js';
import type { Principal } from '../principals.js';
import type { RecordAddress } from './record-store.js';

const CONCURRENCY = 4;

/**
 * Looks for itself whether blobs that somebody found to be wrong are, and takes those that are away together with the record that cites
 * them: the next upload then puts good ones in their place. Only blobs of a record that the principal reads are looked at.
 *
 * @throws VelocityError `STORAGE_UNAVAILABLE`
 */
export async function reportDamage(
  context: GatewayContext,
  principal: Principal,
  { key, blobs }: ReportRequest,
): Promise<ReportResult> {
  const cited = await findCited(context, principal, { key, blobs });
  const result = cited === undefined ? { status: 'gone' as const, blobs: 0 } : await settle(context, cited);
  context.metrics.reports.inc({ result: result.status });
  const { namespace } = principal;
  const where = cited && { tier: cited.address.place.tier, scope: scopeOf(cited.address.place) };
  context.logger[result.status === 'removed' ? 'warn' : 'info']('blobs reported', {
    audit: true,
    event: `report.${result.status}`,
    principal: principal.name,
    namespace,
    ...where,
    key,
    task: cited?.record.artifact.task,
    reported: blobs,
    count: result.blobs,
  });
  return result;
}

interface Cited {
  readonly address: RecordAddress;
  readonly record: CacheRecord;
  /** Those of the reported blobs that the record cites. */
  readonly digests: readonly Digest[];
}

/** The first record in the principal's order that cites any of them: the one that was downloaded. */
async function findCited(
  context: GatewayContext,
  { namespace, reads }: Principal,
  { key, blobs }: { readonly key: CacheKey; readonly blobs: readonly Digest[] },
): Promise<Cited | undefined> {
  for (const place of reads) {
    const address = { namespace, place, key };
    const record = await context.records.find(address);
    if (record === undefined || record === 'unreadable') continue;
    const digests = [...new Set(blobs)].filter((digest) => cites(record, digest));
    if (digests.length > 0) return { address, record, digests };
  }
  return undefined;
}

async function settle(context: GatewayContext, { address, digests }: Cited): Promise<ReportResult> {
  const { namespace, place } = address;
  const verdicts = await mapBounded(digests, CONCURRENCY, async (digest) => {
    const verdict = await context.blobs.inspect({ namespace, tier: place.tier, digest });
    return { digest, verdict };
  });
  const lost = verdicts.filter(({ verdict }) => verdict !== 'sound').map(({ digest }) => digest);
  if (lost.length === 0) return { status: 'sound', blobs: digests.length };
  await dropIfCiting(context, address, lost);
  const removed = verdicts.filter(({ verdict }) => verdict === 'removed');
  return removed.length > 0 ? { status: 'removed', blobs: removed.length } : { status: 'gone', blobs: lost.length };
}

/** Not by what is remembered of the record: another one may have taken its place. */
async function dropIfCiting(context: GatewayContext, address: RecordAddress, lost: readonly Digest[]): Promise<void> {
  const current = await context.records.read(address);
  const isBroken = current !== undefined && current !== 'unreadable' && lost.some((digest) => cites(current, digest));
  if (!isBroken) {
    context.records.forgetOne(address);
    return;
  }
  await context.records.drop(address, 'dangling');
  context.metrics.recordsDropped.inc();
}

function cites({ artifact }: CacheRecord, digest: Digest): boolean {
  return artifact.blobs.some((blob) => blob.digest === digest);
}
