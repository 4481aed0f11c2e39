import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RelativePath } from '@velocity/core';
import { removeTree, scanOutputs, swapOutputs } from '@velocity/artifact';
import { readTree, tempDir, writeTree, type Tree } from '@velocity/testing';
import { pathsBelow } from './support.js';
import { BEFORE, RESULT, STAGED, swap } from './swap.js';

test('the owned tree becomes exactly the manifest, strays go, the rest stays', async () => {
  const { tree, error } = await swap(BEFORE, STAGED);
  expect(error).toBeUndefined();
  expect(tree).toEqual({ ...RESULT, 'src/a.ts': 'file source' });
});

test('an output folder that holds nothing else is replaced by one rename', async () => {
  using dir = tempDir();
  const [root, staging, trash] = ['root', 'staging', 'trash'].map((name) => dir.join(name)) as [string, string, string];
  writeTree(root, BEFORE);
  writeTree(staging, STAGED);
  mkdirSync(trash);
  const inode = statSync(`${staging}/dist`).ino;
  const { manifest } = await scanOutputs({ root: staging, paths: pathsBelow(staging) });
  const owned = Object.keys(readTree(root)).filter((path) => path.startsWith('dist/')) as RelativePath[];
  swapOutputs({ root, stagingDir: staging, manifest, trashDir: trash, owned });
  expect(statSync(`${root}/dist`).ino).toBe(inode);
  expect(readdirSync(trash)).toHaveLength(1);
});

test('beside files that are not owned it goes entry by entry, and those stay', async () => {
  const before: Tree = { ...BEFORE, 'dist/.gitkeep': '', 'dist/stray/deep/keep': 'mine' };
  const owns = (path: string): boolean => path.startsWith('dist') && !path.endsWith('keep');
  const { tree, error } = await swap(before, STAGED, { owns });
  expect(error).toBeUndefined();
  expect(tree).toEqual({
    ...RESULT,
    'dist/.gitkeep': 'file ',
    'dist/stray/deep/keep': 'file mine',
    'src/a.ts': 'file source',
  });
});

test('nothing there before, nothing wanted after, and both', async () => {
  expect((await swap({}, STAGED)).tree).toEqual(RESULT);
  expect((await swap(BEFORE, {})).tree).toEqual({ 'src/a.ts': 'file source' });
  expect((await swap({}, {})).tree).toEqual({});
});

describe('an output root of another type is replaced', () => {
  const kinds: Readonly<Record<string, Tree>> = {
    file: { dist: 'a file' },
    link: { dist: { link: 'src' }, 'src/a.ts': 'source' },
    'broken link': { dist: { link: 'nowhere' } },
    'empty folder': { dist: { dir: true } },
    folder: { 'dist/x/y': 'deep' },
  };
  const cases = Object.entries(kinds).flatMap(([from, before]) =>
    Object.entries(kinds).map(([to, staged]) => [from, to, before, staged] as const),
  );
  test.each(cases)('%s by %s', async (_from, _to, before, staged) => {
    using expected = tempDir();
    writeTree(expected.path, { 'src/a.ts': 'source', ...staged });
    const { tree, error } = await swap(
      { 'src/a.ts': 'source', ...before },
      { ...staged, 'src/a.ts': 'source' },
      {
        owns: (path) => path.startsWith('dist') || path.startsWith('src'),
      },
    );
    expect(error).toBeUndefined();
    expect(tree).toEqual(readTree(expected.path));
  });
});

test('removeTree does not follow links, and takes a missing path for removed', async () => {
  using dir = tempDir();
  writeTree(dir.path, { 'keep/file': 'x', 'gone/link': { link: '../keep' } });
  await removeTree(dir.join('gone'));
  await removeTree(dir.join('gone'));
  expect(existsSync(dir.join('gone'))).toBe(false);
  expect(readTree(dir.path)).toEqual({ 'keep/file': 'file x' });
});

test('any tree becomes any other, exactly, and foreign files stay or stop it', async () => {
  const names = fc
    .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
    .map((list) => `dist/${list.join('/')}`);
  const node = fc.constantFrom<Tree[string]>('x', 'y', { executable: 'z' }, { link: 'a' }, { dir: true });
  const trees = fc.dictionary(names, node, { maxKeys: 6 }).filter((tree) => {
    const keys = Object.keys(tree);
    return !keys.some((key) => keys.some((other) => other.startsWith(`${key}/`)));
  });
  await fc.assert(
    fc.asyncProperty(trees, trees, fc.array(names, { maxLength: 2 }), async (before, staged, foreign) => {
      const { tree, error } = await swap(before, staged, { owns: (path) => !foreign.includes(path) });
      using first = tempDir();
      using second = tempDir();
      writeTree(first.path, before);
      writeTree(second.path, staged);
      const old = readTree(first.path);
      if (error !== undefined) {
        expect(error).toMatchObject({ code: 'ARTIFACT_UNSAFE' });
        expect(tree).toEqual(old);
        return;
      }
      const kept = Object.entries(old).filter(([path, text]) => foreign.includes(path) && text !== 'dir');
      expect(tree).toMatchObject(Object.fromEntries(kept));
      for (const [path, text] of Object.entries(readTree(second.path)))
        if (text !== 'dir') expect(tree[path]).toBe(text);
      if (foreign.length === 0) expect(tree).toEqual(readTree(second.path));
    }),
    { numRuns: 150 },
  );
});
