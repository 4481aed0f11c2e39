import { utimesSync, writeFileSync } from 'node:fs';
import { beforeAll, expect, test } from '@jest/globals';
import { manifestDigest, scanOutputs } from '@velocity/artifact';
import { tempDir, writeTree } from '@velocity/testing';
import { codec, native, noise, pack, pathsBelow, wasm } from './support.js';

const LARGE = Object.fromEntries(
  Array.from({ length: 400 }, (_, index) => [`dist/${index % 20}/chunk-${index}.js`, noise(90_000, index)]),
);

// The first small segments of a process go without the WebAssembly codec.
beforeAll(() => codec.compress(Buffer.alloc(1_000_000, 'text'), 3));

test('the same outputs give the same blobs, at another place, another time and in another order', async () => {
  using one = tempDir();
  using other = tempDir();
  writeTree(one.path, LARGE);
  writeTree(other.path, Object.fromEntries(Object.entries(LARGE).reverse()));
  utimesSync(other.join('dist/3/chunk-3.js'), 1, 1);
  const first = await pack(one.path);
  const second = await pack(other.path);
  expect(second.description).toEqual(first.description);
  expect(first.blobs.length).toBeGreaterThan(6);
});

test('a change in one file of a large output changes one blob beside the head', async () => {
  using source = tempDir();
  writeTree(source.path, LARGE);
  const before = await pack(source.path);
  const known = new Set(before.blobs.map((blob) => blob.digest));
  for (const index of [0, 57, 399]) {
    const path = `dist/${index % 20}/chunk-${index}.js`;
    writeFileSync(source.join(path), noise(90_500, 1000 + index));
    const after = await pack(source.path);
    expect(after.blobs.slice(1).filter((blob) => !known.has(blob.digest))).toHaveLength(1);
    expect(after.blobs[0]?.digest).not.toBe(before.blobs[0]?.digest);
    writeFileSync(source.join(path), LARGE[path] ?? '');
  }
});

test('a file more, or one less, leaves most blobs as they were', async () => {
  using source = tempDir();
  writeTree(source.path, LARGE);
  const before = await pack(source.path);
  const known = new Set(before.blobs.map((blob) => blob.digest));
  writeTree(source.path, { 'dist/0/added.js': noise(900_000, 77) });
  const after = await pack(source.path);
  const fresh = after.blobs.slice(1).filter((blob) => !known.has(blob.digest));
  expect(fresh.length).toBeLessThanOrEqual(before.blobs.length / 2);
});

test('what a task ran for, when and how long, is in a blob of its own', async () => {
  using source = tempDir();
  writeTree(source.path, LARGE);
  const before = await pack(source.path);
  const other = { key: before.description.manifestDigest as never, fingerprint: {}, task: 'other#task', durationMs: 9 };
  const after = await pack(source.path, { info: other, log: new Uint8Array() });
  expect(after.description.blobs.slice(1)).toEqual(before.description.blobs.slice(1));
  expect(after.description.blobs[0]).not.toEqual(before.description.blobs[0]);
});

(native === undefined ? test.skip : test)('the manifest digest is the same whatever the codec', async () => {
  using source = tempDir();
  writeTree(source.path, { a: 'some text that compresses, that compresses' });
  const one = await pack(source.path, { codec: wasm });
  const other = await pack(source.path, { codec: native ?? wasm });
  expect(other.description.manifestDigest).toBe(one.description.manifestDigest);
});

test('the manifest digest is frozen', async () => {
  using source = tempDir();
  writeTree(source.path, {
    'b/run': { executable: 'x' },
    'a.txt': 'hello',
    'b/link': { link: 'run' },
    c: { dir: true },
  });
  const { manifest } = await scanOutputs({ root: source.path, paths: pathsBelow(source.path) });
  expect(manifest.entries.map((entry) => entry.path)).toEqual(['a.txt', 'b/link', 'b/run', 'c']);
  expect(manifestDigest(manifest)).toBe('1fcfcdfd46f947aea136547be91e55a9b5db95a951004aad4f2155f4749953f9');
});
