import { chmodSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { RelativePath } from '@velocity/core';
import { scanOutputs, swapOutputs } from '@velocity/artifact';
import { readTree, tempDir, writeTree, type Tree } from '@velocity/testing';
import { pathsBelow } from './support.js';
import { BEFORE, RESULT, STAGED, swap } from './swap.js';

describe('what is not owned is never touched: the swap fails and the tree is as it was', () => {
  const { 'dist/a.js': _, ...withoutFile } = BEFORE;
  test.each<[string, Tree, string]>([
    ['a file in place of an output', { ...BEFORE, 'dist/new/b.js': 'mine' }, 'dist/new/b.js'],
    ['a file in place of a folder', { ...BEFORE, 'dist/new': 'mine' }, 'dist/new'],
    ['a folder in place of a file', { ...withoutFile, 'dist/a.js/mine': 'x' }, 'dist/a.js/mine'],
  ])('%s', async (_name, before, foreign) => {
    using untouched = tempDir();
    writeTree(untouched.path, before);
    const { tree, error } = await swap(before, STAGED, {
      owns: (path) => path.startsWith('dist') && path !== foreign,
    });
    expect(error).toMatchObject({ code: 'ARTIFACT_UNSAFE', hint: expect.any(String) });
    expect(tree).toEqual(readTree(untouched.path));
  });

  test('a link on the way to an output is not followed', async () => {
    using outside = tempDir();
    writeTree(outside.path, { 'a.js': 'precious' });
    const { error } = await swap({}, STAGED, {
      owns: () => false,
      prepare: (root) => symlinkSync(outside.path, `${root}/dist`),
    });
    expect(error).toMatchObject({ code: 'ARTIFACT_UNSAFE' });
    expect(readTree(outside.path)).toEqual({ 'a.js': 'file precious' });
  });
});

test('an entry that is missing from staging: everything is put back', async () => {
  const before: Tree = { ...BEFORE, 'dist/.gitkeep': '' };
  using untouched = tempDir();
  writeTree(untouched.path, before);
  using dir = tempDir();
  const [root, staging, trash] = ['root', 'staging', 'trash'].map((name) => dir.join(name)) as [string, string, string];
  writeTree(root, before);
  writeTree(staging, STAGED);
  mkdirSync(trash);
  const { manifest } = await scanOutputs({ root: staging, paths: pathsBelow(staging) });
  renameSync(`${staging}/dist/void`, dir.join('elsewhere'));
  const owned = Object.keys(readTree(root)).filter((path) => /^dist\/[^.]/.test(path)) as RelativePath[];
  const run = (): unknown => swapOutputs({ root, stagingDir: staging, manifest, trashDir: trash, owned });
  expect(run).toThrow(expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' }));
  expect(readTree(root)).toEqual(readTree(untouched.path));
  expect(readdirSync(trash)).toEqual([]);
});

/** Root may write everywhere: such a test runs as someone else. */
async function asNobody(body: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0 || process.seteuid === undefined) return await body();
  process.seteuid(65_534);
  try {
    await body();
  } finally {
    process.seteuid(0);
  }
  return undefined;
}

(process.platform === 'win32' ? describe.skip : describe)('read-only folders', () => {
  test('an output folder that is read-only itself is replaced, and its remains can be deleted', async () => {
    await asNobody(async () => {
      const prepare = (root: string): void => {
        chmodSync(`${root}/dist/stray/deep`, 0o555);
        chmodSync(`${root}/dist`, 0o555);
      };
      const { tree, error } = await swap(BEFORE, STAGED, { prepare });
      expect(error).toBeUndefined();
      expect(tree).toMatchObject(RESULT);
    });
  });

  test('a read-only folder above the outputs fails the swap, which says so and leaves the tree as it was', async () => {
    await asNobody(async () => {
      using untouched = tempDir();
      writeTree(untouched.path, { ...BEFORE, 'pkg/dist/x': 'old', 'pkg/src': 'mine' });
      const { tree, error } = await swap(
        { ...BEFORE, 'pkg/dist/x': 'old', 'pkg/src': 'mine' },
        { ...STAGED, 'pkg/dist/x': 'new' },
        {
          owns: (path) => path.includes('dist/'),
          prepare: (root) => chmodSync(`${root}/pkg`, 0o555),
          cleanUp: (root) => chmodSync(`${root}/pkg`, 0o755),
        },
      );
      expect(error).toMatchObject({ code: 'STORAGE_UNAVAILABLE', message: expect.stringContaining('"pkg/dist"') });
      expect(tree).toEqual(readTree(untouched.path));
    });
  });
});

test('a file that appears meanwhile under a wanted name is not overwritten', async () => {
  using dir = tempDir();
  const [root, staging, trash] = ['root', 'staging', 'trash'].map((name) => dir.join(name)) as [string, string, string];
  writeTree(root, { 'dist/a.js': 'old' });
  writeTree(staging, { 'dist/a.js': 'new' });
  mkdirSync(trash);
  const { manifest } = await scanOutputs({ root: staging, paths: ['dist/a.js'] });
  // Not in `owned`: as if it had come after the caller looked.
  writeFileSync(`${root}/dist/a.js`, 'someone else');
  const run = (): unknown => swapOutputs({ root, stagingDir: staging, manifest, trashDir: trash, owned: [] });
  expect(run).toThrow('"dist/a.js" is in the way of an output and is not one itself');
  expect(readTree(root)).toEqual({ 'dist/a.js': 'file someone else' });
});
