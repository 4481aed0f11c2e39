// @ts-check
/** @import { Tool } from '../lib/types.d.ts' */
import { join } from 'node:path';
import { editJson } from '../lib/json.mjs';
import { linkTool } from './link-tool.mjs';
import { readHits } from './read-hits.mjs';

/** It is started by the package manager, and has no dry run. @type {Tool} */
export const wireit = {
  name: 'wireit',
  pin: 'wireit',
  setUp(root, { packages }) {
    linkTool(root, 'wireit');
    for (const { directory, command, dependencies } of packages) {
      const build = {
        command,
        files: ['src/**', 'package.json'],
        output: ['dist/**'],
        dependencies: dependencies.map((dependency) => `../${dependency.directory}:build`),
      };
      addScript(join(root, 'packages', directory, 'package.json'), build);
    }
    const all = packages.map(({ directory }) => `./packages/${directory}:build`);
    addScript(join(root, 'package.json'), { dependencies: all });
  },
  command: () => ['pnpm', 'run', 'build'],
  state: ({ root, monorepo }) =>
    [root, ...monorepo.packages.map(({ directory }) => join(root, 'packages', directory))].map((folder) =>
      join(folder, '.wireit'),
    ),
  readHits: (output) => readSummary(output),
  env: { WIREIT_CACHE: 'local' },
};

/** @param {string} manifestFile @param {object} build */
function addScript(manifestFile, build) {
  editJson(manifestFile, (manifest) => ({ ...manifest, scripts: { build: 'wireit' }, wireit: { build } }));
}

/** @param {string} output */
function readSummary(output) {
  return readHits(output, /Ran (?<misses>\d+) scripts? and skipped (?<hits>\d+)/);
}
