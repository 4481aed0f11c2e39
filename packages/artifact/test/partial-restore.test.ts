import { appendFileSync, chmodSync, lstatSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { statOutputs, swapOutputs } from '@velocity/artifact';
import { readTree, tempDir, writeTree, type Tree } from '@velocity/testing';
import { restoreInPlace } from './in-place.js';
import { codec, log, noise, opener, pack, unpack } from './support.js';

test('of 1,000 files one was edited: one segment is opened beside the head, and one file written', async () => {
  using dir = tempDir();
  const files = Array.from({ length: 1000 }, (_, index) => [
    `dist/${index % 10}/chunk-${index}.js`,
    noise(16_000, index),
  ]);
  writeTree(dir.path, Object.fromEntries(files));
  const packed = await pack(dir.path);
  expect(packed.blobs.length).toBeGreaterThan(4);
  const before = statOutputs(dir.path, packed.manifest);
  const expected = readTree(dir.path);
  appendFileSync(dir.join('dist/7/chunk-577.js'), 'edited');

  const { opened, staged, stats, log: delivered } = await restoreInPlace(dir.path, packed);

  expect(opened).toHaveLength(2);
  expect(opened[0]).toBe(0);
  expect(Object.keys(staged)).toEqual(['dist/7/chunk-577.js']);
  expect(readTree(dir.path)).toEqual(expected);
  expect(stats).toEqual(statOutputs(dir.path, packed.manifest));
  const moved = stats.filter((stat, index) => stat.ino !== before[index]?.ino).map(({ path }) => path);
  expect(moved).toEqual(['dist/7/chunk-577.js']);
  expect(delivered).toEqual(log);
});

const TREE: Tree = {
  'dist/a.js': 'a',
  'dist/b.js': 'b',
  'dist/bin/run': { executable: '#!/bin/sh\n' },
  'dist/deep/er/one': '1',
  'dist/deep/er/two': '2',
  'dist/hollow': { dir: true },
  'dist/link': { link: 'a.js' },
  'src/main.ts': 'source',
};
const outputs = (tree: Tree): Tree =>
  Object.fromEntries(Object.entries(tree).filter(([path]) => path.startsWith('dist')));

/** A file system may give a new file the number of one that is gone. */
function identityOf(path: string): string {
  const { ino, birthtimeMs } = lstatSync(path);
  return `${ino} ${birthtimeMs}`;
}

describe('what is not as it should be is put right, and nothing else is touched', () => {
  test.each<[string, (at: (path: string) => string) => void, readonly string[]]>([
    ['nothing', () => {}, []],
    ['a file was edited', (at) => writeFileSync(at('dist/a.js'), 'x'), ['dist/a.js']],
    [
      'a file was edited to the same size in the same folder',
      (at) => writeFileSync(at('dist/deep/er/two'), '3'),
      ['dist/deep/er/two'],
    ],
    ['a file was deleted', (at) => rmSync(at('dist/b.js')), ['dist/b.js']],
    [
      'a folder was deleted',
      (at) => rmSync(at('dist/deep'), { recursive: true }),
      ['dist/deep/er/one', 'dist/deep/er/two'],
    ],
    ['part of a folder was deleted', (at) => rmSync(at('dist/deep/er/one')), ['dist/deep/er/one']],
    ['an empty folder was deleted', (at) => rmSync(at('dist/hollow'), { recursive: true }), ['dist/hollow']],
    ['a stray was added', (at) => writeFileSync(at('dist/stray'), 'x'), []],
    ['a stray was added deep down', (at) => writeFileSync(at('dist/deep/er/stray'), 'x'), []],
    ['a folder of strays was added', (at) => writeTree(at('dist/new'), { 'x/y': '1', z: { link: 'x' } }), []],
    ['a stray was added to an empty folder', (at) => writeFileSync(at('dist/hollow/x'), 'x'), []],
    [
      'a file became a folder',
      (at) => (rmSync(at('dist/a.js')), writeTree(at('dist/a.js'), { 'x/y': '1' })),
      ['dist/a.js'],
    ],
    ['a file became an empty folder', (at) => (rmSync(at('dist/a.js')), mkdirSync(at('dist/a.js'))), ['dist/a.js']],
    ['a file became a link', (at) => (rmSync(at('dist/a.js')), symlinkSync('b.js', at('dist/a.js'))), ['dist/a.js']],
    [
      'a folder became a file',
      (at) => (rmSync(at('dist/deep'), { recursive: true }), writeFileSync(at('dist/deep'), 'x')),
      ['dist/deep/er/one', 'dist/deep/er/two'],
    ],
    [
      'a folder became a link',
      (at) => (rmSync(at('dist/deep'), { recursive: true }), symlinkSync('bin', at('dist/deep'))),
      ['dist/deep/er/one', 'dist/deep/er/two'],
    ],
    [
      'an empty folder became a file',
      (at) => (rmSync(at('dist/hollow'), { recursive: true }), writeFileSync(at('dist/hollow'), '')),
      ['dist/hollow'],
    ],
    ['an executable bit was lost', (at) => chmodSync(at('dist/bin/run'), 0o644), ['dist/bin/run']],
    ['an executable bit was added', (at) => chmodSync(at('dist/b.js'), 0o755), ['dist/b.js']],
    ['a link was retargeted', (at) => (rmSync(at('dist/link')), symlinkSync('b.js', at('dist/link'))), ['dist/link']],
    ['a link became a file', (at) => (rmSync(at('dist/link')), writeFileSync(at('dist/link'), 'a')), ['dist/link']],
    [
      'several things at once',
      (at) => (rmSync(at('dist/a.js')), writeFileSync(at('dist/stray'), 'x'), chmodSync(at('dist/bin/run'), 0o644)),
      ['dist/a.js', 'dist/bin/run'],
    ],
    [
      'everything is gone',
      (at) => rmSync(at('dist'), { recursive: true }),
      ['dist/a.js', 'dist/b.js', 'dist/bin/run', 'dist/deep/er/one', 'dist/deep/er/two', 'dist/hollow', 'dist/link'],
    ],
  ])('%s', async (_, change, written) => {
    using source = tempDir();
    writeTree(source.path, outputs(TREE));
    const packed = await pack(source.path);
    using dir = tempDir();
    writeTree(dir.path, TREE);
    const expected = readTree(dir.path);
    const before = new Map(packed.manifest.entries.map(({ path }) => [path, identityOf(dir.join(path))]));
    change((path) => dir.join(path));

    const { staged, stats, log: delivered } = await restoreInPlace(dir.path, packed);

    expect(Object.keys(staged)).toEqual(written);
    expect(readTree(dir.path)).toEqual(expected);
    expect(stats).toEqual(statOutputs(dir.path, packed.manifest));
    const untouched = stats.map(({ path }) => path).filter((path) => before.get(path) === identityOf(dir.join(path)));
    expect(untouched).toEqual(stats.map(({ path }) => path).filter((path) => !written.includes(path)));
    expect(delivered).toEqual(log);
  });
});

describe('a swap of a part that cannot be finished leaves the tree as it was', () => {
  test.each<[string, (at: (path: string) => string) => void]>([
    ['an entry that was in its place has gone', (at) => rmSync(at('dist/b.js'))],
    ['its folder has gone', (at) => rmSync(at('dist/deep'), { recursive: true })],
    ['it has become a folder', (at) => (rmSync(at('dist/b.js')), mkdirSync(at('dist/b.js')))],
    ['it has become a link', (at) => (rmSync(at('dist/b.js')), symlinkSync('a.js', at('dist/b.js')))],
    ['it has grown', (at) => appendFileSync(at('dist/b.js'), 'more')],
    ['it has lost its executable bit', (at) => chmodSync(at('dist/bin/run'), 0o644)],
    ['it points elsewhere', (at) => (rmSync(at('dist/link')), symlinkSync('b.js', at('dist/link')))],
  ])('%s meanwhile', async (_, meanwhile) => {
    using dir = tempDir();
    writeTree(dir.path, outputs(TREE));
    const packed = await pack(dir.path);
    writeTree(dir.path, { 'dist/stray': 'x' });
    writeFileSync(dir.join('dist/a.js'), 'edited');
    let before: Record<string, string> = {};
    const restoring = restoreInPlace(dir.path, packed, () => {
      meanwhile((path) => dir.join(path));
      before = readTree(dir.path);
    });
    await expect(restoring).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', hint: expect.any(String) });
    expect(readTree(dir.path)).toEqual(before);
  });

  test('something that is not an output is in the way', async () => {
    using dir = tempDir();
    writeTree(dir.path, outputs(TREE));
    const packed = await pack(dir.path);
    rmSync(dir.join('dist/a.js'));
    // Something that no pattern of an output names.
    writeTree(dir.path, { 'dist/a.js/mine': 'x' });
    using unpacked = await unpack(packed, { isInPlace: ({ path }) => path !== 'dist/a.js' });
    const before = readTree(dir.path);
    mkdirSync(unpacked.dir.join('trash'));
    const { manifest, staged } = unpacked.staged;
    const options = { root: dir.path, stagingDir: unpacked.staging, manifest, trashDir: unpacked.dir.join('trash') };
    const swap = (): unknown => swapOutputs({ ...options, owned: [], staged });
    expect(swap).toThrow(expect.objectContaining({ code: 'ARTIFACT_UNSAFE' }));
    expect(readTree(dir.path)).toEqual(before);
  });
});

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[100] = (copy[100] ?? 0) ^ 1;
  return copy;
}

describe('which blobs are opened', () => {
  test('a large file that is in its place is passed over, from the first blob that is all its own to the last', async () => {
    using source = tempDir();
    writeTree(source.path, {
      'a/first': 'x',
      'b/large': noise(40 * 1024 ** 2),
      'c/last': 'y',
      'd/empty': { dir: true },
    });
    const packed = await pack(source.path, { level: 1 });
    const opened: number[] = [];
    const open = opener(packed.blobs);
    using unpacked = await unpack(packed, {
      isInPlace: ({ path }) => path === 'b/large',
      openBlob: (index, options) => {
        opened.push(index);
        return open(index, options);
      },
    });
    expect(readTree(unpacked.staging)).toEqual({ 'a/first': 'file x', 'c/last': 'file y', 'd/empty': 'dir' });
    expect(opened).toEqual([0, 1, packed.blobs.length - 1]);
    expect(packed.blobs.length).toBeGreaterThan(4);
  });

  test('a large file alone is unpacked where all around it is in its place', async () => {
    using source = tempDir();
    const large = noise(40 * 1024 ** 2);
    const small = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`z/${index}`, noise(500_000, index)]));
    writeTree(source.path, { 'b/large': large, ...small });
    const packed = await pack(source.path, { level: 1 });
    let calls = 0;
    const open = opener(packed.blobs);
    using unpacked = await unpack(packed, {
      isInPlace: ({ path }) => path !== 'b/large',
      openBlob: (index, options) => {
        calls += 1;
        return open(index, options);
      },
    });
    expect(statSync(`${unpacked.staging}/b/large`).size).toBe(large.length);
    expect(calls).toBeLessThan(packed.blobs.length);
  });

  test('each entry is asked for once, in order; none of a manifest that is refused', async () => {
    using source = tempDir();
    writeTree(source.path, outputs(TREE));
    const packed = await pack(source.path);
    const asked: string[] = [];
    const isInPlace = ({ path }: { path: string }): boolean => asked.push(path) < 0;
    using unpacked = await unpack(packed, { isInPlace });
    expect(asked).toEqual(packed.manifest.entries.map(({ path }) => path));
    expect(unpacked.staged.staged).toBeUndefined();
    asked.length = 0;
    await expect(unpack(packed, { isInPlace, accepts: (path) => path !== 'dist/link' })).rejects.toMatchObject({
      code: 'ARTIFACT_UNSAFE',
    });
    expect(asked).toEqual([]);
  });

  test('a blob that is opened is checked as ever', async () => {
    using source = tempDir();
    writeTree(source.path, { a: noise(3_000_000, 1), b: noise(3_000_000, 2), c: noise(3_000_000, 3) });
    const packed = await pack(source.path, { codec });
    const blobs = packed.blobs.map((blob, index) => ({
      ...blob,
      bytes: index === 0 ? blob.bytes : flipped(blob.bytes),
    }));
    const { description } = packed;
    const unpacking = unpack({ description, blobs }, { isInPlace: ({ path }) => path !== 'b' });
    await expect(unpacking).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    using unpacked = await unpack({ description, blobs }, { isInPlace: () => true });
    expect(unpacked.staged.staged?.size).toBe(0);
  });
});

test('folders above what is in its place stay, and keep their modes', async () => {
  using dir = tempDir();
  writeTree(dir.path, outputs(TREE));
  const packed = await pack(dir.path);
  chmodSync(dir.join('dist/deep'), 0o750);
  rmSync(dir.join('dist/deep/er/one'));
  await restoreInPlace(dir.path, packed);
  expect(lstatSync(dir.join('dist/deep')).mode & 0o777).toBe(0o750);
});
