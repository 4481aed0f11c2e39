// @ts-check
/** @import { Box, Hits, Scenario } from './types.d.ts' */
import { join } from 'node:path';
import { firstDifference } from './compare-trees.mjs';

const TAIL_LENGTH = 1500;

/**
 * Whether a run did what its scenario is about: it ended well, hit what it had to, and left the right tree. A hit that restored
 * nothing is none.
 * @param {Box} box
 * @param {Scenario} scenario
 * @param {{ code: number | null, output: string }} end
 * @returns {{ hits: Hits | undefined, wrong: string | undefined }} `wrong` is undefined when nothing was
 */
export function verifyRun(box, scenario, { code, output }) {
  const hits = readHits(box, scenario, output);
  return { hits, wrong: endProblem(code, output) ?? hitProblem(box, scenario, { hits, output }) ?? treeProblem(box) };
}

/** @param {Box} box @param {Scenario} scenario @param {string} output */
function readHits({ tool }, { isDry }, output) {
  return isDry === true ? tool.readDryHits?.(output) : tool.readHits(output);
}

/** @param {number | null} code @param {string} output */
function endProblem(code, output) {
  return code === 0 ? undefined : `exit code ${code}: ${output.slice(-TAIL_LENGTH)}`;
}

/** @param {Box} box @param {Scenario} scenario @param {{ hits: Hits | undefined, output: string }} said */
function hitProblem({ tool, monorepo }, { isDry, expectedHits }, { hits, output }) {
  if (isDry === true && tool.readDryHits === undefined) return undefined;
  if (hits === undefined) return `it does not say what it hit: ${output.slice(-TAIL_LENGTH)}`;
  const total = monorepo.packages.length;
  const expected = expectedHits(total);
  const isRight = hits.hits === expected && hits.total === total;
  return isRight ? undefined : `hit ${hits.hits} of ${hits.total} instead of ${expected} of ${total}`;
}

/** @param {Box} box */
function treeProblem({ root, monorepo }) {
  for (const { directory } of monorepo.packages) {
    const folder = join(root, 'packages', directory);
    const built = monorepo.variant === 'large' ? join(root, '.blobs', directory) : join(folder, 'src');
    const difference = firstDifference(built, join(folder, 'dist'));
    if (difference !== undefined) return difference;
  }
  return undefined;
}
