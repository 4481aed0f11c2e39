import { mapBounded } from '@velocity/core';
import type {
  ArtifactDescription,
  BlobDescription,
  CacheRecord,
  NegotiateItem,
  NegotiateResult,
} from '@velocity/protocol';
import type { GatewayContext } from '../context.js';
import type { Principal } from '../principals.js';
import { Refusal } from '../refusal.js';
import { checkArtifact } from './check-artifact.js';
import { blobKeyOf } from './blob-store.js';
import type { RecordAddress } from './record-store.js';

const CONCURRENCY = 16;
const MIN_LIFETIME_MS = 60_000;
const MAX_LIFETIME_MS = 15 * 60_000;
/** The slowest link that an upload's URL lasts for. */
const MIN_BYTES_PER_SECOND = 1024 * 1024;

type UploadItem = Extract<NegotiateItem, { action: 'upload' }>;

/** `skipped` when the caller's scope has the record; else a ticket, and for each blob that it is there or where to put it. */
export async function negotiateUpload(
  context: GatewayContext,
  principal: Principal,
  { hash: key, artifact }: UploadItem,
): Promise<NegotiateResult> {
  const { writes: place, namespace } = principal;
  if (place === undefined) {
    throw new Refusal(403, 'FORBIDDEN', `${principal.name} may only read`, { hint: 'use a token that may write' });
  }
  checkArtifact(artifact, context.limits);
  const address = { namespace, place, key };
  if (await hasSoundRecord(context, address, artifact)) {
    context.metrics.uploadsSkipped.inc();
    return { status: 'skipped' };
  }
  const ticket = context.tickets.issue({ principal, key, artifact });
  const blobs = await mapBounded(artifact.blobs, CONCURRENCY, (blob) => offerBlob(context, address, blob));
  context.metrics.uploadsNeeded.inc();
  return { status: 'upload_needed', ticket, blobs };
}

/** 60 s and a second for each MiB, 15 minutes at most. */
export function uploadLifetimeMs(size: number): number {
  return Math.min(MAX_LIFETIME_MS, MIN_LIFETIME_MS + Math.ceil((size / MIN_BYTES_PER_SECOND) * 1000));
}

async function offerBlob(
  context: GatewayContext,
  { namespace, place }: RecordAddress,
  { digest, size }: BlobDescription,
) {
  const blob = { namespace, tier: place.tier, digest };
  const stat = await context.blobs.stat(blob);
  if (stat?.size === size) {
    await context.blobs.keep(blob);
    return { digest, have: true as const };
  }
  const { url, headers } = await context.storage.sign({
    method: 'PUT',
    key: blobKeyOf(blob),
    lifetimeMs: uploadLifetimeMs(size),
    body: { size, sha256: digest },
  });
  context.metrics.bytesVended.inc({ direction: 'upload' }, size);
  return { digest, url, headers: { ...headers } };
}

/**
 * A record that is unreadable, or cites a blob that is gone, would be a miss for every reader and `skipped` for every writer, for ever.
 * It is removed, so that this upload can mend it.
 */
async function hasSoundRecord(
  context: GatewayContext,
  address: RecordAddress,
  offered: ArtifactDescription,
): Promise<boolean> {
  const cached = await context.records.find(address);
  if (cached === undefined) return false;
  if (cached !== 'unreadable' && !startsAlike(cached.artifact, offered)) {
    // Another replica may have dropped it after a report, with its blobs still there.
    if ((await context.records.read(address)) === undefined) {
      context.records.forgetOne(address);
      return false;
    }
  }
  if (cached !== 'unreadable' && (await hasAllBlobs(context, address, cached.artifact))) return true;
  // Another writer may have mended it in the meantime: only what is still there and still broken goes.
  const current = await context.records.read(address);
  if (current === undefined) return false;
  if (isMended(cached, current)) return true;
  await context.records.drop(address, current === 'unreadable' ? 'unreadable' : 'dangling');
  context.metrics.recordsDropped.inc();
  const { namespace, place, key } = address;
  context.logger.warn('removed a broken record', { audit: true, event: 'record.dropped', namespace, place, key });
  return false;
}

function startsAlike({ blobs: [a] }: ArtifactDescription, { blobs: [b] }: ArtifactDescription): boolean {
  return a?.digest === b?.digest;
}

function isMended(before: CacheRecord | 'unreadable', now: CacheRecord | 'unreadable'): boolean {
  if (now === 'unreadable') return false;
  return before === 'unreadable' || before.createdAt !== now.createdAt || before.writer !== now.writer;
}

async function hasAllBlobs(
  context: GatewayContext,
  { namespace, place }: RecordAddress,
  { blobs }: ArtifactDescription,
): Promise<boolean> {
  const found = await mapBounded(blobs, CONCURRENCY, async ({ digest, size }) => {
    const stat = await context.blobs.stat({ namespace, tier: place.tier, digest });
    return stat?.size === size;
  });
  return found.every(Boolean);
}
