import { VelocityError } from '@velocity/core';
import type { HistoryItemResult } from '@velocity/protocol';
import type { HistoryEntry } from './artifact-store.js';
import { itemError } from './gateway-error.js';
import { isAnswerTo, remoteHit, type HitOptions } from './remote-hit.js';

/** The entries of one task as a gateway answered them, or why there are none. */
export function remoteHistory(
  task: string,
  answer: HistoryItemResult,
  options: HitOptions,
): readonly HistoryEntry[] | VelocityError {
  const { origin } = options.gateway;
  if ('error' in answer) return itemError(origin, answer);
  const isOther = answer.entries.some((entry) => entry.status === 'found' && !isAnswerTo(entry.key, entry));
  if (answer.task !== task || isOther) {
    return new VelocityError('PROTOCOL', `${origin} answered a history with something else`);
  }
  return answer.entries.map((entry): HistoryEntry => {
    const { status, key, createdAt } = entry;
    if (status === 'evicted') return { status, key, createdAt };
    return { status, key, createdAt, hit: remoteHit(key, entry, options) };
  });
}
