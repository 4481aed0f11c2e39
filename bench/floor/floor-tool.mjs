// @ts-check
/** @import { Box, Tool } from '../lib/types.d.ts' */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomNumbers } from '../monorepo/random.mjs';

const program = fileURLToPath(new URL('sweep.cjs', import.meta.url));
/** About what the agent has to load for a run. */
const BUNDLE_FUNCTIONS = 1800;

/**
 * The least that a runner in Node has to do: start with a bundle whose code is cached, look at every file once, read every
 * manifest. It decides nothing and restores nothing.
 * @type {Tool}
 */
export const floorTool = {
  name: 'floor',
  scenarios: ['noop'],
  setUp(root, { packages }) {
    for (const { directory } of packages) {
      const folder = join(root, 'packages', directory);
      cpSync(join(folder, 'src'), join(folder, 'dist'), { recursive: true });
    }
    writeFileSync(join(root, 'node_modules', 'bundle.cjs'), bundleText());
  },
  command: ({ node, root }) => [node, program, root, join(root, 'node_modules', 'bundle.cjs')],
  state: ({ root }) => [join(root, 'node_modules', 'bundle.cache')],
  readHits(output) {
    const count = /(\d+) packages, \d+ files/.exec(output)?.[1];
    return count === undefined ? undefined : { hits: Number(count), total: Number(count) };
  },
};

/** Functions that nobody calls, as in most of a bundle. */
function bundleText() {
  const random = randomNumbers(1, 5);
  const functions = Array.from({ length: BUNDLE_FUNCTIONS }, (_, index) => {
    const [left, right] = [random(), random()];
    return `exports.f${index} = (value, other = ${left}) => { const result = value * ${right} + other; return result > ${left} ? { value, other, result } : [result]; };\n`;
  });
  return functions.join('');
}
