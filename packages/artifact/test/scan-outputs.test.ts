import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@velocity/core';
import { packArtifact, scanOutputs, statOutputs, type Manifest } from '@velocity/artifact';
import { tempDir, writeTree, type TempDir } from '@velocity/testing';
import { codec, info, log, noise, pathsBelow } from './support.js';

const isPosix = process.platform !== 'win32';

async function scan(dir: TempDir): Promise<Manifest> {
  return (await scanOutputs({ root: dir.path, paths: pathsBelow(dir.path) })).manifest;
}

test('files, links and empty folders are listed in the order of their code units, whatever order they come in', async () => {
  using dir = tempDir();
  writeTree(dir.path, { 'a/z': '1', 'a-b': '2', 'a/é': '3', B: '4', 'd/e': { dir: true }, l: { link: 'B' } });
  const paths = pathsBelow(dir.path);
  const { manifest, stats } = await scanOutputs({ root: dir.path, paths: [...paths.reverse(), ...paths] });
  expect(manifest.entries.map(({ path, type }) => `${path} ${type}`)).toEqual([
    'B file',
    'a-b file',
    'a/z file',
    'a/é file',
    'd/e directory',
    'l symlink',
  ]);
  expect(stats).toEqual(statOutputs(dir.path, manifest));
});

test('a file has its size, its digest and whether it is executable, small or large', async () => {
  using dir = tempDir();
  const large = noise(3 * 1024 ** 2 + 17);
  writeTree(dir.path, { large, run: { executable: 'x' } });
  const { entries } = await scan(dir);
  expect(entries).toEqual([
    { path: 'large', type: 'file', executable: false, size: large.length, digest: digestOf(large) },
    { path: 'run', type: 'file', executable: true, size: 1, digest: digestOf('x') },
  ]);
});

test('a folder that holds something that is no output is not listed', async () => {
  using dir = tempDir();
  writeTree(dir.path, { 'dist/cache/x': '1' });
  const { manifest } = await scanOutputs({ root: dir.path, paths: ['dist', 'dist/cache'] });
  expect(manifest.entries).toEqual([]);
});

describe('what cannot be stored is said aloud, with its path', () => {
  (isPosix ? test : test.skip)('a FIFO', async () => {
    using dir = tempDir();
    execFileSync('mkfifo', [dir.join('pipe')]);
    await expect(scan(dir)).rejects.toMatchObject({ code: 'ARTIFACT_UNSAFE', message: '"pipe" is a FIFO' });
  });

  (isPosix ? test : test.skip)('a socket', async () => {
    using dir = tempDir();
    const server = createServer().listen(dir.join('socket'));
    await once(server, 'listening');
    try {
      await expect(scan(dir)).rejects.toMatchObject({ code: 'ARTIFACT_UNSAFE', message: '"socket" is a socket' });
    } finally {
      server.close();
      await once(server, 'close');
    }
  });

  test.each(['/etc/passwd', '../outside', 'dist/../../x', '../../x'])('a link to %j', async (target) => {
    using dir = tempDir();
    symlinkSync(target, dir.join('link'));
    await expect(scan(dir)).rejects.toMatchObject({
      code: 'ARTIFACT_UNSAFE',
      message: expect.stringContaining('"link" is a link'),
      hint: expect.any(String),
    });
  });

  test('a path behind a link', async () => {
    using dir = tempDir();
    writeTree(dir.path, { 'real/file': '1', dist: { link: 'real' } });
    await expect(scanOutputs({ root: dir.path, paths: ['dist/file'] })).rejects.toMatchObject({
      code: 'ARTIFACT_UNSAFE',
      message: '"dist/file" lies behind the link "dist"',
    });
  });

  (isPosix ? test : test.skip)('two names that differ in case, and a backslash', async () => {
    using dir = tempDir();
    writeTree(dir.path, { 'dist/README': '1', 'dist/readme': '2' });
    await expect(scan(dir)).rejects.toMatchObject({ code: 'ARTIFACT_UNSAFE' });
    using other = tempDir();
    writeTree(other.path, { 'a\\b': '1' });
    await expect(scan(other)).rejects.toMatchObject({ message: '"a\\b" holds a backslash' });
  });

  test('more than the limits allow, before it is read', async () => {
    using dir = tempDir();
    writeTree(dir.path, { a: '123', b: '456' });
    const options = { root: dir.path, paths: ['a', 'b'] };
    const tooLarge = { code: 'ARTIFACT_TOO_LARGE' };
    await expect(scanOutputs({ ...options, limits: { maxEntries: 1 } })).rejects.toMatchObject(tooLarge);
    await expect(scanOutputs({ ...options, limits: { maxOutputSize: 5 } })).rejects.toMatchObject(tooLarge);
  });
});

test('a path that has gone is an integrity failure, not a missing entry', async () => {
  using dir = tempDir();
  await expect(scanOutputs({ root: dir.path, paths: ['gone'] })).rejects.toMatchObject({ code: 'INTEGRITY' });
});

describe('outputs that are not stable are noticed when packed', () => {
  const TREE = {
    'dist/a.js': 'one',
    'dist/run': { executable: 'x' },
    'dist/link': { link: 'a.js' },
    'dist/hollow': { dir: true },
    'dist/z': '',
  } as const;
  const large = noise(20 * 1024 ** 2);

  async function packAfter(
    change: (dir: TempDir) => void,
    tree: Parameters<typeof writeTree>[1] = TREE,
  ): Promise<void> {
    using dir = tempDir();
    writeTree(dir.path, tree);
    const manifest = await scan(dir);
    change(dir);
    const content = { size: log.length, digest: digestOf(log), chunks: () => [log] };
    const packing = packArtifact({ root: dir.path, manifest, info, log: content, codec });
    for await (const blob of packing) expect(blob.size).toBeGreaterThan(0);
  }

  test.each<[string, (dir: TempDir) => void]>([
    ['other content of the same size', (dir) => writeFileSync(dir.join('dist/a.js'), 'two')],
    ['a longer file', (dir) => appendFileSync(dir.join('dist/a.js'), 'two')],
    ['a shorter file', (dir) => writeFileSync(dir.join('dist/a.js'), '')],
    ['an empty file that has grown', (dir) => writeFileSync(dir.join('dist/z'), '1')],
    ['a file that has gone', (dir) => rmSync(dir.join('dist/a.js'))],
    ['an executable bit', (dir) => chmodSync(dir.join('dist/run'), 0o644)],
    ['another link target', (dir) => (rmSync(dir.join('dist/link')), symlinkSync('run', dir.join('dist/link')))],
    ['a link instead of a file', (dir) => (rmSync(dir.join('dist/a.js')), symlinkSync('run', dir.join('dist/a.js')))],
    ['a folder that is no longer empty', (dir) => writeFileSync(dir.join('dist/hollow/x'), '')],
    [
      'a FIFO instead of a file',
      (dir) => (rmSync(dir.join('dist/a.js')), execFileSync('mkfifo', [dir.join('dist/a.js')])),
    ],
  ])('%s', async (_, change) => {
    await expect(packAfter(change)).rejects.toMatchObject({ code: 'INTEGRITY' });
  });

  test('a byte far inside a file of several segments', async () => {
    const changeByte = (dir: TempDir): void => {
      const copy = Buffer.from(large);
      copy[19 * 1024 ** 2] = (copy[19 * 1024 ** 2] ?? 0) ^ 1;
      writeFileSync(dir.join('large'), copy);
    };
    await expect(packAfter(changeByte, { large })).rejects.toMatchObject({ code: 'INTEGRITY' });
  });

  test('nothing changed: nothing thrown', async () => {
    await expect(packAfter(() => {})).resolves.toBeUndefined();
  });
});

test('a log that is not what its digest says is not packed', async () => {
  using dir = tempDir();
  const chunks = (): Uint8Array[] => [log.subarray(0, 10)];
  const manifest = await scan(dir);
  for (const content of [
    { size: log.length, digest: digestOf(log), chunks },
    { size: 10, digest: digestOf(log), chunks },
  ]) {
    const packing = packArtifact({ root: dir.path, manifest, info, log: content, codec });
    await expect(packing.next()).rejects.toMatchObject({ code: 'INTEGRITY' });
  }
});

test('a manifest that could not be restored is not packed', async () => {
  using dir = tempDir();
  const manifest = { version: 1, entries: [{ path: '../x', type: 'directory' }] } as unknown as Manifest;
  const content = { size: log.length, digest: digestOf(log), chunks: () => [log] };
  const packing = packArtifact({ root: dir.path, manifest, info, log: content, codec });
  await expect(packing.next()).rejects.toMatchObject({ code: 'ARTIFACT_UNSAFE' });
});
