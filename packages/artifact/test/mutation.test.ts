import { mkdirSync } from 'node:fs';
import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestOf, isVelocityError } from '@velocity/core';
import { unpackArtifact } from '@velocity/artifact';
import { readTree, tempDir, writeTree, type Tree } from '@velocity/testing';
import { framesOf, type Forged } from './forge.js';
import { codec, opener, pack, unpack, type Packed } from './support.js';

const CODES = ['ARTIFACT_CORRUPT', 'ARTIFACT_UNSAFE', 'ARTIFACT_TOO_LARGE'];

let packed: Packed;
let expected: Record<string, string>;
/** The whole artifact, unpacked. */
let stream: Buffer;

beforeAll(async () => {
  using dir = tempDir();
  writeTree(dir.path, {
    'dist/a.js': 'some text that is long enough to be cut '.repeat(20),
    'dist/run': { executable: 'x' },
    'dist/link': { link: 'a.js' },
    'dist/日本': { dir: true },
  });
  expected = readTree(dir.path);
  packed = await pack(dir.path);
  const parts = await Promise.all(packed.blobs.map((blob) => codec.decompress(blob.bytes, blob.unpackedSize)));
  stream = Buffer.concat(parts);
});

/** Exactly the tree, or one of our codes and nothing outside of staging. */
async function check({ description, blobs }: Forged): Promise<void> {
  using dir = tempDir();
  mkdirSync(dir.join('staging'));
  try {
    await unpackArtifact({
      description,
      openBlob: opener(blobs),
      codec,
      stagingDir: dir.join('staging'),
      logFile: dir.join('log'),
      accepts: (path) => path.startsWith('dist/'),
    });
  } catch (error) {
    if (!isVelocityError(error)) throw error;
    expect(CODES).toContain(error.code);
    const outside = Object.keys(readTree(dir.path)).filter((path) => !path.startsWith('staging'));
    expect(outside.filter((path) => path !== 'log')).toEqual([]);
    return;
  }
  expect(readTree(dir.join('staging'))).toEqual(expected);
}

/** Changes, insertions, deletions and doublings at random places. */
const edits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    kind: fc.constantFrom('set' as const, 'flip' as const, 'insert' as const, 'delete' as const, 'repeat' as const),
    value: fc.oneof(fc.constantFrom(0, 0x22, 0x2c, 0x2e, 0x2f, 0x5c, 0x30, 0x37, 0xff), fc.nat(255)),
    length: fc.integer({ min: 1, max: 600 }),
  }),
  { minLength: 1, maxLength: 3 },
);

type Edits = typeof edits extends fc.Arbitrary<infer T> ? T : never;

function edit(bytes: Uint8Array, list: Edits): Buffer {
  let result = Buffer.from(bytes);
  for (const { at, kind, value, length } of list) {
    const index = Math.floor(at * result.length);
    if (kind === 'set') result[index] = value;
    else if (kind === 'flip') result[index] = (result[index] ?? 0) ^ (1 << (value & 7));
    else if (kind === 'insert')
      result = Buffer.concat([result.subarray(0, index), Buffer.alloc(length, value), result.subarray(index)]);
    else if (kind === 'delete') result = Buffer.concat([result.subarray(0, index), result.subarray(index + length)]);
    else result = Buffer.concat([result.subarray(0, index + length), result.subarray(index)]);
  }
  return result;
}

test('blobs that changed on their way are corrupt', async () => {
  await fc.assert(
    fc.asyncProperty(edits, async (list) => {
      const blobs = packed.blobs.map((blob) => ({ bytes: edit(blob.bytes, list) }));
      await check({ description: packed.description, blobs });
    }),
    { numRuns: 300 },
  );
});

test('blobs that were made of changed frames, with their digests and sizes, are refused or the same', async () => {
  await fc.assert(
    fc.asyncProperty(edits, async (list) => {
      const blobs = packed.blobs.map((blob) => ({ ...blob, bytes: edit(blob.bytes, list) }));
      const described = blobs.map(({ bytes, unpackedSize }) => ({
        digest: digestOf(bytes),
        size: bytes.length,
        unpackedSize,
      }));
      await check({ description: { ...packed.description, blobs: described }, blobs });
    }),
    { numRuns: 500 },
  );
});

test('blobs of a changed stream, sound as frames, are refused or the same', async () => {
  await fc.assert(
    fc.asyncProperty(edits, async (list) => {
      const frames = framesOf(edit(stream, list));
      const described = frames.map(({ bytes, unpackedSize }) => ({
        digest: digestOf(bytes),
        size: bytes.length,
        unpackedSize,
      }));
      await check({ description: { ...packed.description, blobs: described }, blobs: frames });
    }),
    { numRuns: 1000 },
  );
});

test('any tree that can be packed comes back exactly', async () => {
  const name = fc.oneof(
    fc.constantFrom('a', 'b', 'sub', 'é', 'x y', 'new\nline'),
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => !/[/\\\0]|^\.\.?$/u.test(text) && text.isWellFormed()),
  );
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((list) => list.join('/'));
  const node: fc.Arbitrary<Tree[string]> = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc.constant({ dir: true } as const),
    fc.uint8Array({ maxLength: 10 }).map((executable) => ({ executable })),
    name.map((link) => ({ link })),
  );
  await fc.assert(
    fc.asyncProperty(fc.dictionary(path, node, { maxKeys: 12 }), async (candidate) => {
      using dir = tempDir();
      for (const [key, value] of Object.entries(candidate)) {
        try {
          writeTree(dir.path, { [key]: value });
        } catch {
          // A path through a file or a link that stands already: one entry less.
        }
      }
      try {
        const result = await pack(dir.path);
        using unpacked = await unpack(result);
        expect(readTree(unpacked.staging)).toEqual(readTree(dir.path));
      } catch (error) {
        // What cannot be restored is refused when it is packed: here, two names that fold to one.
        expect(error).toMatchObject({ code: 'ARTIFACT_UNSAFE', message: expect.stringMatching(/one name|lies below/) });
      }
    }),
    { numRuns: 150 },
  );
});
