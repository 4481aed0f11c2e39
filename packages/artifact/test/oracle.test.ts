import { spawnSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { readTree, tempDir, writeTree, type Tree } from '@velocity/testing';
import { extract } from 'tar-stream';
import { codec, codecs, log, noise, pack } from './support.js';

const TREE: Tree = {
  'dist/index.js': 'export {}\n',
  'dist/run': { executable: '#!/bin/sh\n' },
  'dist/empty': '',
  'dist/hollow': { dir: true },
  'dist/link': { link: 'index.js' },
  'dist/日本語 with\nnewline': 'odd',
  [`dist/${'deep/'.repeat(40)}file`]: 'long',
  [`dist/${'p/'.repeat(60)}fits-the-prefix-field`]: 'long',
  'dist/long-link': { link: `${'deep/'.repeat(40)}file` },
  'dist/grüße-link': { link: 'grüße' },
  'dist/large': noise(17 * 1024 ** 2),
};

const hasTools = spawnSync('tar', ['--version']).status === 0 && spawnSync('zstd', ['--version']).status === 0;

describe.each(codecs)('what the $name codec packs', (codec) => {
  (hasTools ? test : test.skip)('cat blobs | zstd -d | tar x opens it', async () => {
    using source = tempDir();
    using target = tempDir();
    writeTree(source.path, TREE);
    const { blobs } = await pack(source.path, { codec });
    expect(blobs.length).toBeGreaterThan(2);
    const input = Buffer.concat(blobs.map((blob) => blob.bytes));
    const zstd = spawnSync('zstd', ['-dc'], { input, maxBuffer: 2 ** 26 });
    const tar = spawnSync('tar', ['-x', '-C', target.path], { input: zstd.stdout, encoding: 'utf8' });
    expect([zstd.status, tar.status, tar.stderr]).toEqual([0, 0, '']);
    expect(readTree(target.join('outputs'))).toEqual(readTree(source.path));
    expect(readTree(target.path)['log']).toBe(`file ${log.toString('latin1')}`);
    expect(readTree(target.path)['velocity.json']).toContain('"task":"web#build"');
  });
});

test('tar-stream reads the same members, without owner or time', async () => {
  using source = tempDir();
  writeTree(source.path, TREE);
  const { blobs, manifest } = await pack(source.path);
  const seen: Record<string, unknown> = {};
  const parser = extract();
  parser.on('entry', (header, stream, next) => {
    const { name, mode, uid, gid, mtime, size, type, linkname } = header;
    seen[name] = { mode, type, size, linkname };
    expect([uid, gid, mtime?.getTime()]).toEqual([0, 0, 0]);
    stream.on('end', next).resume();
  });
  const plain = await Promise.all(blobs.map((blob) => codec.decompress(blob.bytes, blob.unpackedSize)));
  await new Promise<void>((resolve, reject) => {
    parser.on('finish', () => resolve()).on('error', reject);
    Readable.from(plain).pipe(parser);
  });
  const expected = manifest.entries.map((entry) => [
    `outputs/${entry.path}${entry.type === 'directory' ? '/' : ''}`,
    {
      mode: entry.type === 'file' && !entry.executable ? 0o644 : 0o755,
      type: entry.type,
      size: entry.type === 'file' ? entry.size : 0,
      linkname: entry.type === 'symlink' ? entry.target : null,
    },
  ]);
  delete seen['velocity.json'];
  delete seen['log'];
  expect(seen).toEqual(Object.fromEntries(expected));
});

test('velocity.json is one JSON document', async () => {
  using source = tempDir();
  writeTree(source.path, { a: 'x', b: 'y', c: { dir: true } });
  const { blobs, manifest } = await pack(source.path);
  const [first] = blobs;
  const stream = Buffer.from(await codec.decompress(first?.bytes ?? log, first?.unpackedSize ?? 0));
  const size = Number.parseInt(stream.toString('latin1', 124, 135), 8);
  expect(JSON.parse(stream.toString('utf8', 512, 512 + size))).toMatchObject({ version: 1, manifest });
});
