// @ts-check
/** @import { Monorepo, PackageSpec } from '../lib/types.d.ts' */
import { LARGE_OUTPUTS } from './large-outputs.mjs';
import { randomNumbers } from './random.mjs';

const MAX_DEPENDENCIES = 3;

/**
 * The standard monorepo: each package but the first depends on one to three before it. So everything depends on the first, and
 * nothing on the last.
 * @param {number} count
 * @returns {Monorepo}
 */
export function describeStandard(count) {
  /** @type {PackageSpec[]} */
  const packages = [];
  for (let number = 1; number <= count; number += 1) {
    const directory = `pkg-${String(number).padStart(4, '0')}`;
    packages.push({
      directory,
      name: `@bench/${directory}`,
      command: `mkdir -p dist && cp src/* dist/ && echo built ${directory}`,
      dependencies: chooseDependencies(packages),
    });
  }
  return { variant: 'standard', packages };
}

/** Ten packages without dependencies whose builds copy a lot. @returns {Monorepo} */
export function describeLarge() {
  const packages = LARGE_OUTPUTS.map(({ directory }) => ({
    directory,
    name: `@bench/${directory}`,
    command: `mkdir -p dist && cp -R ../../.blobs/${directory}/. dist/ && echo built ${directory}`,
    dependencies: [],
  }));
  return { variant: 'large', packages };
}

/** @param {readonly PackageSpec[]} earlier */
function chooseDependencies(earlier) {
  const random = randomNumbers(1, 7, earlier.length + 1);
  const wanted = Math.min(earlier.length, 1 + (random() % MAX_DEPENDENCIES));
  /** @type {Set<number>} */
  const chosen = new Set();
  while (chosen.size < wanted) chosen.add(random() % earlier.length);
  return earlier.filter((_, index) => chosen.has(index));
}
