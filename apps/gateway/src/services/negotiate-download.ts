import { mapBounded } from '@velocity/core';
import type { CacheKey } from '@velocity/core';
import type { CacheRecord, NegotiateResult } from '@velocity/protocol';
import type { GatewayContext } from '../context.js';
import type { Principal } from '../principals.js';
import { blobKeyOf } from './blob-store.js';

/** One negotiation covers a whole run, so a URL is often used minutes after it was made. */
const URL_LIFETIME_MS = 15 * 60_000;
const CONCURRENCY = 8;

/** The first record among the scopes that the principal reads, with a URL for each blob. */
export async function negotiateDownload(
  context: GatewayContext,
  principal: Principal,
  key: CacheKey,
): Promise<NegotiateResult> {
  const record = await findRecord(context, principal, key);
  if (record === undefined) {
    context.metrics.misses.inc();
    return { status: 'missing' };
  }
  const { namespace, tier, scope, artifact } = record;
  const blobs = await mapBounded(artifact.blobs, CONCURRENCY, async ({ digest }) => {
    const objectKey = blobKeyOf({ namespace, tier, digest });
    const { url, headers } = await context.storage.sign({ method: 'GET', key: objectKey, lifetimeMs: URL_LIFETIME_MS });
    return { digest, url, headers: { ...headers } };
  });
  context.metrics.hits.inc({ scope, tier });
  context.metrics.bytesVended.inc(
    { direction: 'download' },
    artifact.blobs.reduce((sum, blob) => sum + blob.size, 0),
  );
  context.usage.mark(record);
  return { status: 'found', record, blobs };
}

async function findRecord(
  context: GatewayContext,
  { namespace, reads }: Principal,
  key: CacheKey,
): Promise<CacheRecord | undefined> {
  for (const place of reads) {
    const record = await context.records.find({ namespace, place, key });
    if (record === 'unreadable') context.logger.warn('a record is unreadable', { namespace, place, key });
    else if (record !== undefined) return record;
  }
  return undefined;
}
