// @ts-check
/** @import { Claim } from './types.d.ts' */

/**
 * Reads what a runner says of its tasks, line by line. Each pattern has the groups `package` and `task`; where several match
 * the same task, a later one in the list counts.
 * @param {string} text
 * @param {readonly (readonly [pattern: RegExp, claim: Claim])[]} patterns
 * @returns {Record<string, Claim>}
 */
export function readLines(text, patterns) {
  /** @type {Record<string, Claim>} */
  const claims = {};
  // eslint-disable-next-line no-control-regex
  const plain = text.replace(/\u001b\[[0-9;]*m/g, '');
  for (const [pattern, claim] of patterns) {
    for (const { groups } of plain.matchAll(pattern)) claims[`${groups?.['package']}#${groups?.['task']}`] = claim;
  }
  return claims;
}
