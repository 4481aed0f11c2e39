import type { CacheKey } from '@velocity/core';
import type { CacheRecord, Damage, NegotiateResult } from '@velocity/protocol';
import type { GatewayContext } from '../context.js';
import type { Principal } from '../principals.js';
import { vendDownloads } from './vend-downloads.js';

/** The first record among the scopes that the principal reads, with a URL for each blob. */
export async function negotiateDownload(
  context: GatewayContext,
  principal: Principal,
  key: CacheKey,
): Promise<NegotiateResult> {
  const { record, damage } = await findRecord(context, principal, key);
  if (record === undefined) {
    context.metrics.misses.inc();
    return { status: 'missing', ...(damage !== undefined && { because: damage }) };
  }
  const { tier, scope, artifact } = record;
  const blobs = await vendDownloads(context, record);
  context.metrics.hits.inc({ scope, tier });
  context.metrics.bytesVended.inc(
    { direction: 'download' },
    artifact.blobs.reduce((sum, blob) => sum + blob.size, 0),
  );
  context.usage.mark(record);
  return { status: 'found', record, blobs };
}

/** Where there is none, what is known to be wrong with one of those that were looked for; it costs no request to know. */
async function findRecord(
  context: GatewayContext,
  { namespace, reads }: Principal,
  key: CacheKey,
): Promise<{ readonly record?: CacheRecord; readonly damage?: Damage | undefined }> {
  let damage: Damage | undefined;
  for (const place of reads) {
    const address = { namespace, place, key };
    const record = await context.records.find(address);
    if (record === 'unreadable') {
      context.logger.warn('a record is unreadable', { namespace, place, key });
      damage ??= 'unreadable';
    } else if (record === undefined) damage ??= context.records.whyDropped(address);
    else return { record };
  }
  return { damage };
}
