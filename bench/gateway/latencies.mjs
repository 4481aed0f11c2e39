// @ts-check
/** @import { LoadResult } from './types.d.ts' */

/** @param {readonly number[]} latenciesMs @param {number} elapsedMs @param {string | undefined} wrong @returns {LoadResult} */
export function summarize(latenciesMs, elapsedMs, wrong) {
  const sorted = Float64Array.from(latenciesMs).sort();
  const at = (/** @type {number} */ share) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return {
    requests: sorted.length,
    elapsedMs,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    ...(wrong !== undefined && { wrong }),
  };
}
