// @ts-check
/** @import { Row, Spread } from '../lib/types.d.ts' */

/** @param {readonly number[]} values at least one @returns {Spread} */
export function spreadOf(values) {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const lower = sorted[middle - 1] ?? upper;
  return {
    median: sorted.length % 2 === 1 ? upper : (lower + upper) / 2,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
  };
}

/** One row's time divided by the other's, for each round that both were in. @param {readonly Row[]} ours @param {readonly Row[]} theirs */
export function pairedRatios(ours, theirs) {
  return ours.flatMap((row) => {
    const other = theirs.find(({ run }) => run === row.run);
    return other === undefined ? [] : [row.wallMs / other.wallMs];
  });
}
