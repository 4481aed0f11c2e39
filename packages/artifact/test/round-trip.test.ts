import { readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { digestOf, isVelocityError, type CacheKey } from '@velocity/core';
import { decodeLog, readArtifactHead } from '@velocity/artifact';
import { readTree, tempDir, writeTree, type Tree } from '@velocity/testing';
import { codec, codecs, info, log, noise, opener, pack, unpack } from './support.js';

const ODD_NAMES: Tree = {
  'dist/with space/a b.txt': 'spaces',
  'dist/new\nline': 'newline',
  'dist/tab\tand\u0001control': 'control',
  'dist/grüße/日本語/😀.txt': 'everywhere',
  'dist/e\u0301decomposed': 'nfd',
  'dist/colon:quote"star*': 'not for Windows',
  'dist/-rf': 'option',
  'dist/.hidden': 'dot',
};

const TREE: Tree = {
  ...ODD_NAMES,
  'dist/index.js': 'export const a = 1;\n',
  'dist/empty': '',
  'dist/bin/run': { executable: '#!/bin/sh\n' },
  'dist/hollow/nested': { dir: true },
  'dist/link': { link: 'index.js' },
  'dist/up': { link: '../dist/bin/run' },
  'dist/./broken': { link: 'no/such/file' },
  'dist/folder-link': { link: './bin/' },
  [`dist/${'long/'.repeat(30)}${'n'.repeat(120)}`]: 'needs a pax header',
  [`dist/${'prefix/'.repeat(15)}name`]: 'fits the prefix field',
};

describe.each(codecs)('with the $name codec', (codec) => {
  test('a tree comes back as it was: content, executable bits, links, empty folders, names', async () => {
    using source = tempDir();
    writeTree(source.path, TREE);
    const packed = await pack(source.path, { codec });
    using unpacked = await unpack(packed, { codec });
    expect(readTree(unpacked.staging)).toEqual(readTree(source.path));
    expect(readFileSync(unpacked.logFile)).toEqual(log);
    const metadata = {
      version: 1,
      ...info,
      log: { size: log.length, digest: expect.any(String) },
      manifest: packed.manifest,
    };
    const { fingerprint: _, ...withoutFingerprint } = metadata;
    expect(unpacked.staged.metadata).toEqual(withoutFingerprint);
    const { description, blobs } = packed;
    expect((await readArtifactHead({ description, openBlob: opener(blobs), codec })).metadata).toEqual(metadata);
    expect(packed.blobs).toHaveLength(1);
  });

  test('a file of several segments, beside many small ones, comes back whole', async () => {
    using source = tempDir();
    const large = Buffer.concat([noise(20 * 1024 ** 2, 7), Buffer.alloc(15 * 1024 ** 2, 'text ')]);
    const small = Object.fromEntries(
      Array.from({ length: 600 }, (_, index) => [`out/${index % 7}/file-${index}`, noise(9000, index)]),
    );
    writeTree(source.path, { ...small, 'out/3/large.bin': large });
    const packed = await pack(source.path, { codec, level: 1 });
    expect(packed.blobs.length).toBeGreaterThan(4);
    expect(Math.max(...packed.blobs.map((blob) => blob.unpackedSize))).toBe(16 * 1024 ** 2);
    using unpacked = await unpack(packed, { codec });
    expect(readTree(unpacked.staging)).toEqual(readTree(source.path));
  });
});

test('an artifact without any output has metadata and log', async () => {
  using source = tempDir();
  const packed = await pack(source.path, { log: new Uint8Array() });
  expect(packed.description).toMatchObject({ entryCount: 0, outputSize: 0 });
  using unpacked = await unpack(packed);
  expect(readTree(unpacked.staging)).toEqual({});
  expect(statSync(unpacked.logFile).size).toBe(0);
});

test('the head is read without fetching the outputs', async () => {
  using source = tempDir();
  writeTree(source.path, { 'a.bin': noise(5 * 1024 ** 2, 1), 'b.bin': noise(5 * 1024 ** 2, 2) });
  const packed = await pack(source.path);
  const open = opener(packed.blobs);
  const fetched: number[] = [];
  const head = await readArtifactHead({
    description: packed.description,
    codec,
    openBlob: (index, options) => {
      fetched.push(index);
      return open(index, options);
    },
  });
  expect(head.metadata.manifest).toEqual(packed.manifest);
  const text = { stdout: '', stderr: '' };
  for await (const { stream, data } of decodeLog(head.log)) text[stream] += Buffer.from(data).toString();
  expect(text).toEqual({ stdout: 'compiling…\ndone\n', stderr: 'a warning\n' });
  expect(packed.blobs.length).toBeGreaterThan(2);
  expect(fetched).toEqual([0]);
});

test('an artifact of another key than was asked for is said to be that, before any of its entries is judged', async () => {
  using source = tempDir();
  writeTree(source.path, { 'dist/a': 'a' });
  const packed = await pack(source.path);
  const key = digestOf('another key') as string as CacheKey;
  const error = { code: 'ARTIFACT_CORRUPT', message: expect.stringContaining(`it was made for the key ${info.key}`) };
  await expect(unpack(packed, { codec, key, accepts: () => false })).rejects.toMatchObject(error);
  const { description, blobs } = packed;
  await expect(readArtifactHead({ description, openBlob: opener(blobs), codec, key })).rejects.toMatchObject(error);
  using unpacked = await unpack(packed, { codec, key: info.key });
  expect(readTree(unpacked.staging)).toEqual(readTree(source.path));
});

test('a log larger than a segment is carried whole', async () => {
  using source = tempDir();
  writeTree(source.path, { a: 'x' });
  const frames = Buffer.concat(
    Array.from({ length: 300 }, () => Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 1, 0, 0]), noise(65_536)])),
  );
  const packed = await pack(source.path, { log: frames });
  using unpacked = await unpack(packed);
  expect(readFileSync(unpacked.logFile).equals(frames)).toBe(true);
});

test('an error of openBlob reaches the caller as it is', async () => {
  using source = tempDir();
  writeTree(source.path, { a: 'x' });
  const packed = await pack(source.path);
  const outage = new Error('connection reset');
  const openBlob = (): never => {
    throw outage;
  };
  await expect(unpack(packed, { openBlob })).rejects.toBe(outage);
});

test('cancelling ends the unpacking and the streams behind it', async () => {
  using source = tempDir();
  writeTree(source.path, { 'a.bin': noise(5 * 1024 ** 2, 1), 'b.bin': noise(5 * 1024 ** 2, 2) });
  const packed = await pack(source.path);
  const controller = new AbortController();
  const open = opener(packed.blobs);
  const signals: AbortSignal[] = [];
  const unpacking = unpack(packed, {
    signal: controller.signal,
    openBlob: (index, options) => {
      signals.push(options.signal);
      if (index === 1) controller.abort();
      return open(index, options);
    },
  });
  await expect(unpacking).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(signals.every((signal) => signal.aborted)).toBe(true);
});

test('a staging folder that is not empty is refused', async () => {
  using source = tempDir();
  using other = tempDir();
  writeTree(source.path, { a: 'x' });
  writeTree(other.path, { b: 'y' });
  const packed = await pack(source.path);
  const failure = await unpack(packed, { stagingDir: other.path }).catch((error: unknown) => error);
  expect(isVelocityError(failure, 'ARTIFACT_UNSAFE')).toBe(true);
  expect(readTree(other.path)).toEqual({ b: 'file y' });
});
