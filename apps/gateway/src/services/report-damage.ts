import { mapBounded } from '@velocity/core';
import type { Digest } from '@velocity/core';
import type { BlobReport, CacheRecord, ReportRequest, ReportResult } from '@velocity/protocol';
import type { GatewayContext } from '../context.js';
import { scopeOf } from '../principals.js';
import type { Principal } from '../principals.js';
import type { RecordAddress } from './record-store.js';
import { findStarting, settleHead, type ReportedRecord } from './report-foreign.js';

const CONCURRENCY = 4;

/**
 * Looks for itself whether what somebody found to be wrong is: blobs, which go together with the record that cites them, or what they unpack
 * to, where the record goes alone. The next upload then puts a good one in its place. Only records that the principal reads are looked at.
 *
 * @throws VelocityError `STORAGE_UNAVAILABLE`
 */
export async function reportDamage(
  context: GatewayContext,
  principal: Principal,
  request: ReportRequest,
): Promise<ReportResult> {
  const { found, result } = await settleReport(context, principal, request);
  context.metrics.reports.inc({ result: result.status });
  const { namespace } = principal;
  const where = found && { tier: found.address.place.tier, scope: scopeOf(found.address.place) };
  const isHead = 'head' in request;
  context.logger[result.status === 'removed' ? 'warn' : 'info'](isHead ? 'artifact reported' : 'blobs reported', {
    audit: true,
    event: `report.${result.status}`,
    principal: principal.name,
    namespace,
    ...where,
    key: request.key,
    task: found?.record.artifact.task,
    writer: isHead ? found?.record.writer : undefined,
    reported: isHead ? request.head : request.blobs,
    count: result.blobs,
  });
  return result;
}

interface Settled {
  readonly found: ReportedRecord | undefined;
  readonly result: ReportResult;
}

async function settleReport(context: GatewayContext, principal: Principal, request: ReportRequest): Promise<Settled> {
  if ('head' in request) {
    const found = await findStarting(context, principal, request);
    const status = found === undefined ? 'gone' : await settleHead(context, found);
    return { found, result: { status, blobs: 0 } };
  }
  const found = await findCited(context, principal, request);
  return { found, result: found === undefined ? { status: 'gone', blobs: 0 } : await settleBlobs(context, found) };
}

interface Cited extends ReportedRecord {
  /** Those of the reported blobs that the record cites. */
  readonly digests: readonly Digest[];
}

/** The first record in the principal's order that cites any of them: the one that was downloaded. */
async function findCited(
  context: GatewayContext,
  { namespace, reads }: Principal,
  { key, blobs }: BlobReport,
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

async function settleBlobs(context: GatewayContext, { address, digests }: Cited): Promise<ReportResult> {
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
