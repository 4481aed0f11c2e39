import { isVelocityError, mapBounded } from '@velocity/core';
import type { ErrorBody } from '@velocity/protocol';
import type { GatewayContext } from '../context.js';
import { errorFields } from '../logger.js';
import type { Principal } from '../principals.js';
import { errorBody, toRefusal } from '../refusal.js';

export interface BatchOptions {
  /** Items that are answered at once. */
  readonly concurrency: number;
  readonly logger: GatewayContext['logger'];
  /** Who asks, for the audit line of what is refused. */
  readonly principal: Principal;
}

/**
 * Answers a batch, in its order; an item that fails carries its error.
 * The first outage ends the asking: what has not been asked yet gets the same error at once, instead of waiting for one deadline after the other.
 *
 * @throws VelocityError `STORAGE_UNAVAILABLE` when an outage left no item with an answer
 */
export async function answerBatch<I, R extends object>(
  items: readonly I[],
  { concurrency, logger, principal }: BatchOptions,
  answer: (item: I) => Promise<R>,
): Promise<(R | ErrorBody)[]> {
  let outage: unknown;
  let forbidden = 0;
  const results = await mapBounded(items, concurrency, async (item): Promise<R | ErrorBody> => {
    if (outage !== undefined) return errorBody(toRefusal(outage));
    try {
      return await answer(item);
    } catch (error) {
      if (isVelocityError(error, 'STORAGE_UNAVAILABLE')) outage ??= error;
      const refusal = toRefusal(error);
      if (refusal.status === 500) logger.error('an item of a batch failed', errorFields(error));
      if (refusal.status === 403) forbidden += 1;
      return errorBody(refusal);
    }
  });
  if (forbidden > 0) {
    const fields = { status: 403, principal: principal.name, namespace: principal.namespace, count: forbidden };
    logger.info('items refused', { audit: true, event: 'items.refused', ...fields });
  }
  if (outage !== undefined && results.every((result) => 'error' in result)) throw outage;
  return results;
}
