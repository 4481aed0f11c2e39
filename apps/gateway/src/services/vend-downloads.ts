import type { CacheRecord, FoundResult } from '@velocity/protocol';
import type { GatewayContext } from '../context.js';
import { blobKeyOf } from './blob-store.js';

/** One answer covers a whole run, so a URL is often used minutes after it was made. */
export const URL_LIFETIME_MS = 15 * 60_000;

export interface VendedDownloads {
  readonly blobs: FoundResult['blobs'];
  /** The first of them. */
  readonly expireAtMs: number;
}

/** A URL for each blob of a record, in its order. */
export async function vendDownloads(
  { storage }: Pick<GatewayContext, 'storage'>,
  { namespace, tier, artifact }: CacheRecord,
): Promise<VendedDownloads> {
  const blobs: FoundResult['blobs'] = [];
  let expireAtMs = Number.POSITIVE_INFINITY;
  for (const { digest } of artifact.blobs) {
    const key = blobKeyOf({ namespace, tier, digest });
    // Signing asks nobody but, now and then, for credentials: after the first blob there is nothing to wait for.
    const signed = await storage.sign({ method: 'GET', key, lifetimeMs: URL_LIFETIME_MS });
    blobs.push({ digest, url: signed.url, headers: { ...signed.headers } });
    expireAtMs = Math.min(expireAtMs, signed.expiresAtMs);
  }
  return { blobs, expireAtMs };
}
