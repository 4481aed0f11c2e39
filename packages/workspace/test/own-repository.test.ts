import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import {
  discoverPackages,
  findWorkspaceRoot,
  IgnoreCache,
  listFiles,
  lockfileClosures,
  matchGlobs,
} from '@velocity/workspace';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

test('this repository: its root, its packages, their edges, closures and files', () => {
  expect(findWorkspaceRoot(here)).toBe(root);
  const { packages, problems } = discoverPackages({ root });
  expect(problems).toEqual([]);
  const own = packages.find(({ name }) => name === '@velocity/workspace');
  const core = packages.find(({ name }) => name === '@velocity/core');
  if (own === undefined || core === undefined) throw new Error('packages are missing');
  expect(own).toMatchObject({ directory: 'packages/workspace', dependencies: ['@velocity/core', '@velocity/testing'] });

  const closures = lockfileClosures({ root, packages });
  expect(closures.problems).toEqual([]);
  const ownNames = Object.keys(closures.closureOf(own)).map((key) => key.replace(/(?<=.)@.*/, ''));
  expect(ownNames).toEqual(expect.arrayContaining(['picomatch', 'smol-toml', 'js-yaml', 'argparse', 'typescript']));
  expect(ownNames).not.toContain('hono');
  expect(Object.keys(closures.closureOf(core)).filter((key) => /^(?:smol-toml|\*|.*unlocked)/.test(key))).toEqual([]);

  const ignoreCache = new IgnoreCache(root);
  const options = { root, directory: own.directory, ignoreCache };
  const files = listFiles(options);
  expect(files).toContain('packages/workspace/src/index.ts');
  expect(files.filter((path) => /node_modules|\/dist\//.test(path))).toEqual([]);
  expect(matchGlobs({ ...options, globs: ['src/**', '!**/*.ts'] }).files).toEqual([]);
});
