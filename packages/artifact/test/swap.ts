import { mkdirSync } from 'node:fs';
import { expect } from '@jest/globals';
import type { RelativePath } from '@velocity/core';
import { removeTree, scanOutputs, statOutputs, swapOutputs } from '@velocity/artifact';
import { readTree, tempDir, writeTree, type Tree } from '@velocity/testing';
import { pathsBelow } from './support.js';

export interface Swapped {
  /** What the root holds afterwards. */
  readonly tree: Record<string, string>;
  readonly error: unknown;
}

/** Swaps `staged` into `before`, where everything in an output folder is owned but what `foreign` names. */
export async function swap(
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

export const BEFORE: Tree = {
  'src/a.ts': 'source',
  'dist/a.js': 'old',
  'dist/same.js': 'same',
  'dist/stray/deep/x.js': 'stray',
  'dist/link': { link: 'a.js' },
  'dist/hollow': { dir: true },
};
export const STAGED: Tree = {
  'dist/a.js': 'new',
  'dist/same.js': 'same',
  'dist/new/b.js': { executable: 'b' },
  'dist/link': { link: 'same.js' },
  'dist/void': { dir: true },
};
export const RESULT = {
  'dist/a.js': 'file new',
  'dist/link': 'link same.js',
  'dist/new/b.js': 'executable b',
  'dist/same.js': 'file same',
  'dist/void': 'dir',
};
