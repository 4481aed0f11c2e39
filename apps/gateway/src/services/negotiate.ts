import { isVelocityError, mapBounded, unreachable } from '@velocity/core';
import type { NegotiateItem, NegotiateResult } from '@velocity/protocol';
import type { GatewayContext } from '../context.js';
import { errorFields } from '../logger.js';
import type { Principal } from '../principals.js';
import { errorBody, toRefusal } from '../refusal.js';
import { negotiateDownload } from './negotiate-download.js';
import { negotiateUpload } from './negotiate-upload.js';

const CONCURRENCY = 32;

/** Answers one item. @throws Refusal, VelocityError */
export function negotiateItem(
  context: GatewayContext,
  principal: Principal,
  item: NegotiateItem,
): Promise<NegotiateResult> {
  switch (item.action) {
    case 'download':
      return negotiateDownload(context, principal, item.hash);
    case 'upload':
      return negotiateUpload(context, principal, item);
    default:
      return unreachable(item);
  }
}

/**
 * Answers a batch, in its order; an item that fails carries its error.
 * The first outage ends the asking: what has not been asked yet gets the same error at once, instead of waiting for one deadline after the other.
 *
 * @throws VelocityError `STORAGE_UNAVAILABLE` when an outage left no item with an answer
 */
export async function negotiateBatch(
  context: GatewayContext,
  principal: Principal,
  items: readonly NegotiateItem[],
): Promise<NegotiateResult[]> {
  let outage: unknown;
  const results = await mapBounded(items, CONCURRENCY, async (item): Promise<NegotiateResult> => {
    if (outage !== undefined) return errorBody(toRefusal(outage));
    try {
      return await negotiateItem(context, principal, item);
    } catch (error) {
      if (isVelocityError(error, 'STORAGE_UNAVAILABLE')) outage ??= error;
      const refusal = toRefusal(error);
      if (refusal.status === 500) context.logger.error('negotiation failed', errorFields(error));
      return errorBody(refusal);
    }
  });
  if (outage !== undefined && results.every((result) => 'error' in result)) throw outage;
  return results;
}
