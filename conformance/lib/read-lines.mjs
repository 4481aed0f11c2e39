// @ts-check
/** @import { Claim } from './types.d.ts' */
import { stripVTControlCharacters } from 'node:util';

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
  const plain = stripVTControlCharacters(text);
  for (const [pattern, claim] of patterns) {
    for (const { groups } of plain.matchAll(pattern)) claims[`${groups?.['package']}#${groups?.['task']}`] = claim;
  }
  return claims;
}

/**
 * Reads why tasks ran. The pattern has the groups `package`, `task` and `reason`.
 * @param {string} text
 * @param {RegExp} pattern
 * @returns {Record<string, string>}
 */
export function readReasonLines(text, pattern) {
  const lines = [...stripVTControlCharacters(text).matchAll(pattern)];
  return Object.fromEntries(
    lines.map(({ groups }) => [`${groups?.['package']}#${groups?.['task']}`, groups?.['reason'] ?? '']),
  );
}
