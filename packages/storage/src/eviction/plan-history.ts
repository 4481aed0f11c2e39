import { compareCodeUnits } from '@velocity/core';
import type { ObjectStat } from '../driver.js';
import { type HistoryObjectPlace, placeOfObject } from '../object-keys.js';
import type { EvictionPolicy } from './plan-eviction.js';

/** So many entries of one task in one scope are kept: nobody looks further back. */
export const HISTORY_KEPT = 32;

/**
 * Which history entries are to go: all but the newest of each task and scope, and those that are older than the age limit once their
 * record is gone. Until then such an entry stays: it tells "evicted" from "never built". They cite nothing, so none is in its grace.
 *
 * @param keptRecords keys of the records that stay
 */
export function planHistory(
  entries: readonly ObjectStat[],
  keptRecords: ReadonlySet<string>,
  { policy, nowMs }: { readonly policy: Pick<EvictionPolicy, 'maxAgeMs'>; readonly nowMs: number },
): ObjectStat[] {
  const expiredSinceMs = nowMs - (policy.maxAgeMs ?? Number.POSITIVE_INFINITY);
  const kept = new Map<string, number>();
  // The keys of one task sort by age, the newest first.
  return [...entries]
    .sort((a, b) => compareCodeUnits(a.key, b.key))
    .filter((entry) => {
      const place = historyPlaceOf(entry);
      if (place === undefined) return false;
      const rank = (kept.get(place.prefix) ?? 0) + 1;
      const isExpired = entry.modifiedAtMs < expiredSinceMs && !keptRecords.has(place.recordObjectKey);
      if (isExpired || rank > HISTORY_KEPT) return true;
      kept.set(place.prefix, rank);
      return false;
    });
}

function historyPlaceOf({ key }: ObjectStat): HistoryObjectPlace | undefined {
  const place = placeOfObject(key);
  return place?.kind === 'history' ? place : undefined;
}
