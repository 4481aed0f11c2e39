import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RelativePath } from '@velocity/core';
import { removeTree, scanOutputs, statOutputs, swapOutputs } from '@velocity/artifact';
import { readTree, tempDir, writeTree, type Tree } from '@velocity/testing';
import { pathsBelow } from './support.js';

interface Swapped {
  /** What the root holds afterwards. */
  readonly tree: Record<string, string>;
  readonly error: unknown;
}

/** Swaps `staged` into `before`, where everything in an output folder is owned but what `foreign` names. */
async function swap(
  before: Tree,
  staged: Tree,
  options: {
    readonly owns?: (path: string) => boolean;
    readonly prepare?: (root: string) => void;
    readonly cleanUp?: (root: string) => void;
  } = {},
): Promise<Swapped> {
  using dir = tempDir();
  const [root, staging, trash] = ['root', 'staging', 'trash'].map((name) => dir.join(name)) as [string, string, string];
  for (const folder of [root, staging, trash]) mkdirSync(folder);
  writeTree(root, before);
  writeTree(staging, staged);
  options.prepare?.(root);
  const { manifest } = await scanOutputs({ root: staging, paths: pathsBelow(staging) });
  const stagedTree = readTree(staging);
  const existing = Object.keys(readTree(root)) as RelativePath[];
  const owned = existing.filter(options.owns ?? ((path) => path.startsWith('dist')));
  let error: unknown;
  try {
    const { stats } = swapOutputs({ root, stagingDir: staging, manifest, trashDir: trash, owned });
    expect(stats).toEqual(statOutputs(root, manifest));
  } catch (failure) {
    error = failure;
  }
  // What is left of it after a swap are folders.
  if (error !== undefined) expect(readTree(staging)).toEqual(stagedTree);
  else expect(Object.values(readTree(staging)).filter((text) => text !== 'dir')).toEqual([]);
  options.cleanUp?.(root);
  const tree = readTree(root);
  await removeTree(trash);
  return { tree, error };
}

const BEFORE: Tree = {
  'src/a.ts': 'source',
  'dist/a.js': 'old',
  'dist/same.js': 'same',
  'dist/stray/deep/x.js': 'stray',
  'dist/link': { link: 'a.js' },
  'dist/hollow': { dir: true },
};
const STAGED: Tree = {
  'dist/a.js': 'new',
  'dist/same.js': 'same',
  'dist/new/b.js': { executable: 'b' },
  'dist/link': { link: 'same.js' },
  'dist/void': { dir: true },
};
const RESULT = {
  'dist/a.js': 'file new',
  'dist/link': 'link same.js',
  'dist/new/b.js': 'executable b',
  'dist/same.js': 'file same',
  'dist/void': 'dir',
};

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
