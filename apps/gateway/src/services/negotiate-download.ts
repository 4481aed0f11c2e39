import type { CacheKey } from '@velocity/core';
import type { CacheRecord, Damage, NegotiateResult } from '@velocity/protocol';
import type { GatewayContext } from '../context.js';
import type { Principal } from '../principals.js';
import { URL_LIFETIME_MS, vendDownloads } from './vend-downloads.js';
import type { VendedAnswer } from './vended-answers.js';

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
  const { tier, scope } = record;
  const { result, sizeBytes } = context.answers.get(record) ?? (await answerNew(context, record));
  context.metrics.hits.inc({ scope, tier });
  context.metrics.bytesVended.inc({ direction: 'download' }, sizeBytes);
  return result;
}

async function answerNew(context: GatewayContext, record: CacheRecord): Promise<VendedAnswer> {
  const { blobs, expireAtMs } = await vendDownloads(context, record);
  const sizeBytes = record.artifact.blobs.reduce((sum, blob) => sum + blob.size, 0);
  const answer: VendedAnswer = { result: { status: 'found', record, blobs }, sizeBytes };
  context.answers.remember(record, answer, { urlsExpireAtMs: expireAtMs, lifetimeMs: URL_LIFETIME_MS });
  context.usage.mark(record);
  return answer;
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
