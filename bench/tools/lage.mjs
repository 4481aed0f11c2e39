// @ts-check
/** @import { Tool } from '../lib/types.d.ts' */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedCommand, linkTool } from './link-tool.mjs';

const program = installedCommand('lage');

const CONFIGURATION = {
  npmClient: 'pnpm',
  pipeline: { build: { dependsOn: ['^build'], inputs: ['src/**/*', 'package.json'], outputs: ['dist/**/*'] } },
  cacheOptions: {
    cacheStorageConfig: { provider: 'local' },
    skipLocalCache: false,
    outputGlob: ['dist/**/*'],
    environmentGlob: ['lage.config.js', 'package.json'],
  },
};

/** @type {Tool} */
export const lage = {
  name: 'lage',
  pin: 'lage',
  setUp(root) {
    linkTool(root, 'lage');
    const text = JSON.stringify(CONFIGURATION, undefined, 2);
    writeFileSync(join(root, 'lage.config.js'), `module.exports = ${text};\n`);
  },
  command: () => [program, 'run', 'build'],
  dryCommand: () => [program, 'info', 'build'],
  state: ({ root, monorepo }) =>
    [root, ...monorepo.packages.map(({ directory }) => join(root, 'packages', directory))].map((folder) =>
      join(folder, 'node_modules/.cache'),
    ),
  readHits(output) {
    const [, ...counts] =
      /success: (\d+), skipped: (\d+), pending: (\d+), aborted: (\d+), failed: (\d+)/.exec(output) ?? [];
    if (counts.length === 0) return undefined;
    return { hits: Number(counts[1]), total: counts.reduce((sum, count) => sum + Number(count), 0) };
  },
};
