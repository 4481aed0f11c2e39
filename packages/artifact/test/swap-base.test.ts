import { renameSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { RelativePath } from '@velocity/core';
import { swapOutputs } from '@velocity/artifact';
import { readTree, tempDir, writeTree, type TempDir, type Tree } from '@velocity/testing';
import { pack, unpack, type Unpacked } from './support.js';

const OUTPUTS: Tree = {
  'packages/app/dist/a.js': 'new',
  'packages/app/dist/deep/b.js': { executable: 'b' },
  'packages/app/dist/link': { link: 'a.js' },
  'packages/app/report.txt': 'report',
};
const RESULT = {
  'packages/app/dist/a.js': 'file new',
  'packages/app/dist/deep/b.js': 'executable b',
  'packages/app/dist/link': 'link a.js',
  'packages/app/report.txt': 'file report',
};

async function stage(outputs: Tree, base: string): Promise<Unpacked> {
  using source = tempDir();
  writeTree(source.path, outputs);
  return unpack(await pack(source.path), { base });
}

function swap(root: TempDir, { staged, staging, dir }: Unpacked, isOwned: (path: string) => boolean): void {
  const owned = Object.keys(readTree(root.path)).filter(isOwned) as RelativePath[];
  const { manifest, base, staged: paths } = staged;
  swapOutputs({
    root: root.path,
    stagingDir: staging,
    manifest,
    base,
    owned,
    staged: paths,
    trashDir: dir.join('old'),
  });
}

test('staging leaves out what all entries have in common, and the swap puts it back', async () => {
  using unpacked = await stage(OUTPUTS, 'packages/app');
  expect(Object.keys(readTree(unpacked.staging))).toEqual(['dist/a.js', 'dist/deep/b.js', 'dist/link', 'report.txt']);
  using root = tempDir();
  writeTree(root.path, { 'packages/app/src/a.ts': 'source', 'packages/app/dist/old.js': 'old', 'packages/lib/x': 'x' });
  swap(root, unpacked, (path) => path.startsWith('packages/app/dist'));
  expect(readTree(root.path)).toEqual({
    ...RESULT,
    'packages/app/src/a.ts': 'file source',
    'packages/lib/x': 'file x',
  });
});

test('entries of which one lies elsewhere are staged with their whole paths', async () => {
  using unpacked = await stage({ ...OUTPUTS, 'packages/app-too/x': 'x' }, 'packages/app');
  expect([unpacked.staged.base, Object.keys(readTree(unpacked.staging)).sort()]).toEqual([
    '',
    [...Object.keys(RESULT), 'packages/app-too/x'].sort(),
  ]);
});

test('a folder that is left out stays although all that it holds is owned, and those above it', async () => {
  using unpacked = await stage(OUTPUTS, 'packages/app');
  using root = tempDir();
  writeTree(root.path, { 'packages/app/package.json': '{}', 'packages/app/dist/old.js': 'old', other: 'x' });
  swap(root, unpacked, (path) => path.startsWith('packages/app'));
  expect(readTree(root.path)).toEqual({ ...RESULT, other: 'file x' });
});

test('a folder that was there and is gone ends the swap before it begins', async () => {
  using unpacked = await stage(OUTPUTS, 'packages/app');
  using root = tempDir();
  writeTree(root.path, { 'packages/app/dist/old.js': 'old' });
  renameSync(root.join('packages/app'), root.join('packages/moved'));
  const before = readTree(root.path);
  expect(() => swap(root, unpacked, (path) => path.startsWith('packages/app'))).toThrow(
    expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' }),
  );
  expect(readTree(root.path)).toEqual(before);
});
