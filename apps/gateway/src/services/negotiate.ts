import { unreachable } from '@velocity/core';
import type { NegotiateItem, NegotiateResult } from '@velocity/protocol';
import type { GatewayContext } from '../context.js';
import type { Principal } from '../principals.js';
import { answerBatch } from './answer-batch.js';
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

/** Answers a batch, see {@link answerBatch}. @throws VelocityError `STORAGE_UNAVAILABLE` */
export function negotiateBatch(
  context: GatewayContext,
  principal: Principal,
  items: readonly NegotiateItem[],
): Promise<NegotiateResult[]> {
  const { logger } = context;
  return answerBatch(items, { concurrency: CONCURRENCY, logger, principal }, (item) =>
    negotiateItem(context, principal, item),
  );
}
