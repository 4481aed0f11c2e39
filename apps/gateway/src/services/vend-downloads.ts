import { mapBounded } from '@velocity/core';
import type { CacheRecord, FoundResult } from '@velocity/protocol';
import type { GatewayContext } from '../context.js';
import { blobKeyOf } from './blob-store.js';

/** One answer covers a whole run, so a URL is often used minutes after it was made. */
const URL_LIFETIME_MS = 15 * 60_000;
const CONCURRENCY = 8;

/** A URL for each blob of a record, in its order. */
export function vendDownloads(
  { storage }: Pick<GatewayContext, 'storage'>,
  { namespace, tier, artifact }: CacheRecord,
): Promise<FoundResult['blobs']> {
  return mapBounded(artifact.blobs, CONCURRENCY, async ({ digest }) => {
    const key = blobKeyOf({ namespace, tier, digest });
    const { url, headers } = await storage.sign({ method: 'GET', key, lifetimeMs: URL_LIFETIME_MS });
    return { digest, url, headers: { ...headers } };
  });
}
